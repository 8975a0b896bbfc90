package metaexport

import (
	"strings"
	"testing"
	"time"

	"pagerisk/fixtures"
)

func TestParseDate(t *testing.T) {
	tests := []struct{ text, want string }{
		{"Nov 24, 2023 7:24:32 pm", "2023-11-24 19:24:32"},
		{"Jul 12, 2024 4:55:32pm", "2024-07-12 16:55:32"},
		{"Aug 17, 2025 11:23 am", "2025-08-17 11:23:00"},
		{"Sep 8, 2016, 4:36 PM", "2016-09-08 16:36:00"},
		{"Jan 01, 2024 12:05:00 am", "2024-01-01 00:05:00"},
		{"Jan 01, 2024 12:05:00 pm", "2024-01-01 12:05:00"},
		{"Friday, December 1, 2023 at 3:41 PM UTC+07:00", "2023-12-01 15:41:00"},
		{"Tháng 11 24, 2023 7:24:32chiều", "2023-11-24 19:24:32"},
		{"Tháng 10 01, 2023 9:37:33sáng", "2023-10-01 09:37:33"},
		{"Thứ Hai, 11 tháng 12, 2023 lúc 15:41", "2023-12-11 15:41:00"},
		{"ago 10, 2026 4:38 da manhã", "2026-08-10 04:38:00"},
		{"10 de ago. de 2026, às 16:38", "2026-08-10 16:38:00"},
		{"em 10 de agosto de 2026 às 9:30", "2026-08-10 09:30:00"},
		{"maj 3, 2024 2:08 em", "2024-05-03 14:08:00"},
		{"maj 3, 2024", "2024-05-03 00:00:00"},
		{"3. Mai 2024, 14:08", "2024-05-03 14:08:00"},
		{"3. März 2024 um 14:08 Uhr", "2024-03-03 14:08:00"},
		{"Sonntag, 3. Jänner 2021 um 07:08:09", "2021-01-03 07:08:09"},
		{"Dez. 31, 2019 11:59:58 nachm.", "2019-12-31 23:59:58"},
		{"03.05.2024 14:08", "2024-05-03 14:08:00"},
		{"3.5.24, 14:08", "2024-05-03 14:08:00"},
		{"2024-05-03 14:08:09", "2024-05-03 14:08:09"},
		{"05/13/2024 2:08 PM", "2024-05-13 14:08:00"},
		{"13/05/2024 14:08", "2024-05-13 14:08:00"},
		{"3 mai 2024 à 14h08", "2024-05-03 14:08:00"},
		{"févr. 9, 2024 2:08:09 PM", "2024-02-09 14:08:09"},
		{"9 août 2024, 02:08", "2024-08-09 02:08:00"},
		{"24 de noviembre de 2023 a las 7:24 p. m.", "2023-11-24 19:24:00"},
		{"nov 24, 2023 7:24 p. m.", "2023-11-24 19:24:00"},
		{"24 listopada 2023 o 19:24", "2023-11-24 19:24:00"},
		{"paź 01, 2023 7:24:32 AM", "2023-10-01 07:24:32"},
		{"Şub 29, 2024 7:24:32 ÖS", "2024-02-29 19:24:32"},
		{"24 Kasım 2023 19:24", "2023-11-24 19:24:00"},
		{"mrt. 03, 2024 7:24 a.m.", "2024-03-03 07:24:00"},
		{"24. nov. 2023 kl. 19.24", "2023-11-24 19:24:00"},
		{"2023年11月24日 下午7:24", "2023-11-24 19:24:00"},
		{"Nov\u00a024,\u202f2023\u200e 7:24\u202fPM", "2023-11-24 19:24:00"},
		{"n\u0061\u0301 Tha\u0301ng 11 24, 2023 7:24chie\u0302\u0300u", "2023-11-24 19:24:00"}, // decomposed
		{"", ""},
		{"gestern um 14:08", ""},
		{"Feb 30, 2024 1:00 am", ""},
		{"Nov 24, 2023 25:61", ""},
		{"14:08", ""},
		{"2024", ""},
		{"Mai 2024", ""},
		{"Nov 24, 99999 7:24 pm", ""},
		{strings.Repeat("Nov 24, 2023 ", 40), ""},
	}
	for _, test := range tests {
		got := ""
		if d, ok := parseDate(test.text); ok {
			got = d.in(time.UTC).Format(time.DateTime)
		}
		if got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}

// Every month and both halves of the day, in every language in which Meta was seen or is likely to write.
func TestParseDateLanguages(t *testing.T) {
	for _, lang := range fixtures.Languages {
		for month := time.January; month <= time.December; month++ {
			for _, hour := range []int{0, 1, 9, 11, 12, 13, 18, 23} {
				want := time.Date(2024, month, 7, hour, 5, 6, 0, time.UTC)
				text := fixtures.HTMLDate(lang, want, true)
				if !looksLikeDate(text) {
					t.Errorf("%s: %q is not taken for a date", lang, text)
				}
				if d, ok := parseDate(text); !ok || !d.in(time.UTC).Equal(want) {
					t.Errorf("%s: %q: got %v, want %v", lang, text, d.in(time.UTC), want)
				}
			}
		}
	}
}

// One word must not be two months, else the language would have to be known first.
func TestMonthNamesAreUnambiguous(t *testing.T) {
	seen := map[string]int{}
	for i, names := range monthNames {
		for name := range strings.FieldsSeq(names) {
			if name != foldDate(name) {
				t.Errorf("%q is not folded", name)
			}
			if j, ok := seen[name]; ok && j != i {
				t.Errorf("%q is month %d and %d", name, j+1, i+1)
			}
			seen[name] = i
		}
	}
}

func TestLooksLikeDate(t *testing.T) {
	for text, want := range map[string]bool{
		"Nov 24, 2023 7:24:32 pm":                               true,
		"Freitag, 3. Mai 2024 um 14:08 Uhr":                     true,
		"vendredi 3 mai 2024 à 14h08":                           true,
		"Thứ Hai, 11 tháng 12, 2023 lúc 15:41":                  true,
		"Xyzzy 24, 2023 7:24":                                   true,
		"Aktualisiert Nov 24, 2023 7:24:32 pm":                  false,
		"3. Mai 2024":                                           false, // no time of day: any text may end so
		"Wir öffnen am 3. Mai 2024 um 14:08 Uhr wieder für Sie": false,
		"#16h30": false,
		"":       false,
	} {
		if got := looksLikeDate(text); got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, lang := range fixtures.Languages {
		f.Add(fixtures.HTMLDate(lang, noon, true))
	}
	f.Add("2023年11月24日 下午7:24")
	f.Add("Friday, December 1, 2023 at 3:41 PM UTC+07:00")
	f.Fuzz(func(t *testing.T, text string) {
		d, ok := parseDate(text)
		if !ok {
			return
		}
		at := d.in(time.UTC)
		if at.Year() != d.year || at.Month() != d.month || at.Day() != d.day || at.Hour() != d.hour || at.Minute() != d.min {
			t.Errorf("%q: parts do not make %v", text, at)
		}
	})
}
