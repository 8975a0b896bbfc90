package picture

import (
	"context"
	"image"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func TestArrange(t *testing.T) {
	row := func(n, size int) []Box {
		var boxes []Box
		for i := range n {
			boxes = append(boxes, Box{X: 10 + i*size, Y: 100, W: size, H: size, Score: 0.9, Sure: true})
		}
		return boxes
	}
	perhaps := row(1, 300)
	perhaps[0].Sure = false
	for name, tt := range map[string]struct {
		boxes []Box
		want  Arrangement
	}{
		"nobody":                        {nil, NoPeople},
		"possibly somebody":             {perhaps, NoPeople},
		"one, close":                    {row(1, 200), Portrait},
		"one, from the waist up":        {row(1, 90), Portrait},
		"two, close":                    {row(2, 200), Portrait},
		"three, close":                  {row(3, 200), GroupShot},
		"two, standing":                 {row(2, 60), GroupShot},
		"nine":                          {row(9, 60), GroupShot},
		"ten":                           {row(10, 60), Crowd},
		"one, far away":                 {row(1, 20), Bystanders},
		"three, far away":               {row(3, 25), Bystanders},
		"many, far away":                {row(30, 15), Crowd},
		"one close, many behind":        {append(row(12, 30), row(1, 200)...), Portrait},
		"one in front, some behind him": {append(row(2, 20), row(1, 60)...), Portrait},
	} {
		if got := Arrange(tt.boxes, 1024, 683); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	if got := Arrange(row(1, 5), 0, 0); got != NoPeople {
		t.Errorf("a picture without size: %q", got)
	}
}

// One finder serves all workers at once.
func TestFindConcurrently(t *testing.T) {
	builtin, err := BuiltinPeople()
	if err != nil {
		t.Fatal(err)
	}
	model, err := ReadPeople(blobModel(0))
	if err != nil {
		t.Fatal(err)
	}
	squares := blob(256, 224, image.Pt(96, 128), image.Pt(192, 160))
	faces := coloured(testPicture(7, 320, 240, 2), 110, 150)
	for _, tt := range []struct {
		p    *People
		img  image.Image
		want int
	}{{builtin, faces, 2}, {model, squares, 2}} {
		var wg sync.WaitGroup
		for i := range 4 {
			wg.Go(func() {
				img := tt.img
				if i%2 == 1 {
					img = image.NewGray(image.Rect(0, 0, 100+i, 90)) // another size between
				}
				boxes, err := tt.p.Find(context.Background(), img)
				if want := tt.want * (1 - i%2); err != nil || Count(boxes) != want {
					t.Errorf("%s: %v, %v; want %d", tt.p, boxes, err, want)
				}
			})
		}
		wg.Wait()
	}
}

func TestShare(t *testing.T) {
	for _, tt := range []struct {
		b    Box
		w, h int
		want float64
	}{
		{Box{W: 50, H: 20}, 100, 100, 0.1}, {Box{W: 300, H: 200}, 100, 100, 1}, {Box{W: 5, H: 5}, 0, 10, 0},
	} {
		if got := tt.b.Share(tt.w, tt.h); got != tt.want {
			t.Errorf("%v of %d × %d: %v, want %v", tt.b, tt.w, tt.h, got, tt.want)
		}
	}
}

func TestAccuracyOf(t *testing.T) {
	builtin, err := BuiltinPeople()
	if err != nil {
		t.Fatal(err)
	}
	a, ok := AccuracyOf(builtin.String())
	if !ok || a.Recall <= 0.5 || a.Precision <= 0.5 || a.Pictures == 0 {
		t.Errorf("%s: %+v, %v", builtin, a, ok)
	}
	better, ok := AccuracyOf("yunet@1")
	if !ok || better.Recall <= a.Recall {
		t.Errorf("the model's recall %v is not above the built-in one's %v", better.Recall, a.Recall)
	}
	unknown, err := ReadPeople(blobModel(0))
	if err != nil {
		t.Fatal(err)
	}
	if a, ok := AccuracyOf(unknown.String()); ok {
		t.Errorf("a file of unknown checksum has figures: %+v", a)
	}
}

func TestSortBoxes(t *testing.T) {
	boxes := []Box{{X: 3, Score: 0.5, Sure: true}, {X: 1, Score: 0.9}, {X: 2, Score: 0.8, Sure: true}, {X: 1, Score: 0.8, Sure: true}, {X: 1, Y: 5, Score: 0.8, Sure: true}}
	sortBoxes(boxes)
	want := []Box{{X: 1, Score: 0.8, Sure: true}, {X: 1, Y: 5, Score: 0.8, Sure: true}, {X: 2, Score: 0.8, Sure: true}, {X: 3, Score: 0.5, Sure: true}, {X: 1, Score: 0.9}}
	if diff := gocmp.Diff(want, boxes); diff != "" {
		t.Errorf("order differs (-want +got):\n%s", diff)
	}
}

func TestResample(t *testing.T) {
	src := []byte{0, 100, 200, 100}
	out := make([]byte, 16)
	resample(plane{out, 4, 4, 4}, src, 2, 2, 2)
	// Between the four values, linearly, with the corners at the edges.
	want := []byte{0, 25, 75, 100, 50, 63, 88, 100, 150, 138, 113, 100, 200, 175, 125, 100}
	for i := range want {
		if d := int(out[i]) - int(want[i]); d < -1 || d > 1 {
			t.Fatalf("enlarged: %v, want about %v", out, want)
		}
	}
	resample(plane{out, 1, 1, 1}, src, 2, 2, 2)
	if out[0] != 100 {
		t.Errorf("mean: %d, want 100", out[0])
	}
	sub := image.NewGray(image.Rect(0, 0, 4, 2))
	copy(sub.Pix, []byte{9, 9, 1, 2, 9, 9, 3, 4})
	greyPlane(plane{out, 2, 2, 2}, sub.SubImage(image.Rect(2, 0, 4, 2)))
	if diff := gocmp.Diff([]byte{1, 2, 3, 4}, out[:4]); diff != "" {
		t.Errorf("part of a picture (-want +got):\n%s", diff)
	}
}

func TestForemost(t *testing.T) {
	with := func(people int, heights ...int) *Facts {
		f := &Facts{Width: 100, Height: 100, People: &people}
		for _, h := range heights {
			f.Boxes = append(f.Boxes, Box{W: h, H: h, Sure: true})
		}
		return f
	}
	tests := []struct {
		name  string
		facts []*Facts
		want  Arrangement
		at    int
	}{
		{"nobody looked", []*Facts{nil, {}}, NoPeople, -1},
		{"nobody seen", []*Facts{with(0)}, NoPeople, -1},
		{"the clearest picture counts", []*Facts{with(2, 3, 3), with(1, 30), with(3, 8, 8, 8)}, Portrait, 1},
		{"of equal pictures the fuller one", []*Facts{with(3, 8, 8, 8), with(4, 8, 8, 8, 8)}, GroupShot, 1},
		{"a number alone tells a crowd", []*Facts{with(CrowdCount)}, Crowd, 0},
		{"a smaller number alone tells nothing", []*Facts{with(CrowdCount - 1)}, NoPeople, -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if a, at := Foremost(tt.facts); a != tt.want || at != tt.at {
				t.Errorf("Foremost = %q at %d, want %q at %d", a, at, tt.want, tt.at)
			}
		})
	}
}
