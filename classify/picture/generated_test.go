package picture_test

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"testing"

	"pagerisk/classify/picture"
	"pagerisk/fixtures/pictures"
)

// What the built-in finder must show on generated pictures: people found in 98 of 100 with people, no more than 2 of 100
// false. The pictures go through JPEG as published ones do.
func TestBuiltinOnGeneratedPictures(t *testing.T) {
	p, err := picture.BuiltinPeople()
	if err != nil {
		t.Fatal(err)
	}
	group := func(seed int64, w, h int) image.Image { return pictures.Group(seed, w, h, 2+int(seed)%4) }
	text := func(seed int64, w, h int) image.Image {
		return pictures.Text(seed, w, h, "Wir suchen", "Verstärkung", "im Team")
	}
	type draw func(seed int64, w, h int) image.Image
	for _, tt := range []struct {
		name   string
		people bool
		draw   []draw
	}{
		{"people", true, []draw{pictures.Portrait, group, pictures.Portrait, group}},
		{"no people", false, []draw{pictures.Product, pictures.Landscape, pictures.Building, pictures.Interior, text}},
	} {
		const n = 30
		wrong := 0
		for seed := range int64(n) {
			w, h := 400, 300
			if seed%3 == 0 {
				w, h = 320, 400
			}
			m, err := jpeg.Decode(bytes.NewReader(pictures.JPEG(tt.draw[seed%int64(len(tt.draw))](1000+seed, w, h), 70)))
			if err != nil {
				t.Fatal(err)
			}
			boxes, err := p.Find(context.Background(), m)
			if err != nil {
				t.Fatal(err)
			}
			if (picture.Count(boxes) > 0) != tt.people {
				wrong++
				t.Logf("%s, seed %d: %v", tt.name, seed, boxes)
			}
		}
		if wrong*100 > 2*n {
			t.Errorf("%s: %d of %d pictures judged wrongly", tt.name, wrong, n)
		}
	}
}

func TestArrangementOfGeneratedPictures(t *testing.T) {
	p, err := picture.BuiltinPeople()
	if err != nil {
		t.Fatal(err)
	}
	const w, h = 900, 640
	for want, m := range map[picture.Arrangement]image.Image{
		picture.Portrait:  pictures.Portrait(2, w, h),
		picture.GroupShot: pictures.Group(2, w, h, 4),
		picture.Crowd:     pictures.Crowd(2, w, h),
		picture.NoPeople:  pictures.Landscape(2, w, h),
	} {
		boxes, err := p.Find(context.Background(), m)
		if err != nil {
			t.Fatal(err)
		}
		if got := picture.Arrange(boxes, w, h); got != want {
			t.Errorf("%q is taken for %q: %v", want, got, boxes)
		}
	}
}
