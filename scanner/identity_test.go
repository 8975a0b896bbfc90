package scanner

import (
	"strings"
	"testing"
	"time"
)

func TestIdentities(t *testing.T) {
	tests := []struct{ name, got, want string }{
		{"post", string(NumberKey(Facebook, "123_456")), "fb:123_456"},
		{"instagram", string(NumberKey(Instagram, "17900000000000001")), "ig:17900000000000001"},
		{"not a number", string(NumberKey(Facebook, "123_45x")), ""},
		{"empty part", string(NumberKey(Facebook, "123__4")), ""},
		{"endless", string(NumberKey(Facebook, strings.Repeat("9", 33))), ""},
		{"photo", string(MediaID(Facebook, "9007199254740993")), "fb:m:9007199254740993"},
		{"new file name", string(FileMediaID(Instagram, "media/posts/202501/17900000000000001.jpg")), "ig:m:17900000000000001"},
		{"old file name", string(FileMediaID(Facebook, "photos_and_videos/A_x/111_222_333_n_4440000055.jpg")), "fb:m:4440000055"},
		{"camera file name", string(FileMediaID(Facebook, "IMG_20250101.jpg")), ""},
		{"short number", string(FileMediaID(Facebook, "1234567.jpg")), ""},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}

func TestTextAlias(t *testing.T) {
	at := time.Unix(1700000000, 0)
	base := TextAlias(Facebook, at, "Danke, @Petra Müller!\n Bis bald ❤️")
	if want := "fb:t:1700000000:"; !strings.HasPrefix(string(base), want) || len(base) != len(want)+12 {
		t.Fatalf("TextAlias = %q", base)
	}
	for _, same := range []string{"danke Petra Mu\u0308ller bis bald", "Danke,  Petra Müller! Bis bald ❤"} {
		if got := TextAlias(Facebook, at.In(time.FixedZone("", 7200)), same); got != base {
			t.Errorf("TextAlias(%q) = %q, want %q", same, got, base)
		}
	}
	for _, other := range []Key{
		TextAlias(Facebook, at.Add(time.Second), "Danke, @Petra Müller!\n Bis bald ❤️"),
		TextAlias(Instagram, at, "Danke, @Petra Müller!\n Bis bald ❤️"),
		TextAlias(Facebook, at, "Danke, Petra Möller! Bis bald"),
	} {
		if other == base {
			t.Errorf("two publications share %q", base)
		}
	}
	if TextAlias(Facebook, at, "🎉🎉") == "" {
		t.Error("a text of emoji has no alias")
	}
	for _, none := range []Key{TextAlias(Facebook, at, " \n"), TextAlias(Facebook, time.Time{}, "x")} {
		if none != "" {
			t.Errorf("alias %q of nothing", none)
		}
	}
}
