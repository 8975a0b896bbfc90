package metaexport

import "testing"

func TestNamesOfCorrespondentsStayOut(t *testing.T) {
	for name, want := range map[string]string{
		"messages/inbox/fraumarquardt_411/message_1.json":       "messages/inbox/…/message_1.json",
		"messages/inbox/fraumarquardt_411/photos/1.jpg":         "messages/inbox/…/photos/1.jpg",
		"x/messages/archived_threads/hansmeier_2/videos/2.mp4":  "x/messages/archived_threads/…/videos/2.mp4",
		"posts/media/Chronik-Fotos_411190000000017/4112006.jpg": "posts/media/Chronik-Fotos_411190000000017/4112006.jpg",
		"messages/autofill_information.json":                    "messages/autofill_information.json",
	} {
		if got := discreet(name); got != want {
			t.Errorf("discreet(%q) = %q, want %q", name, got, want)
		}
	}
}
