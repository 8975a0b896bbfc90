package main

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"pagerisk/classify"
	"pagerisk/scanner"
)

// Practice posts are written in a short form, so that somebody can write and read many: tab-separated, a line an item, a
// line "# name" for the page that the items below it belong to.
//
//	# Bäckerei Beispiel <TAB> f
//	e <TAB> 1 <TAB> p <TAB> de <TAB> <TAB> Um vier steht Jutta schon am Ofen.
//
// The columns are the labels (a letter each, below), how many people a viewer would recognise ("?" where nobody looked,
// "v" before it for a video), the kind of item, the language, the album and the text, with "\n" for a line break.
const practiceColumns = 6

var (
	practiceLabels = map[rune]classify.Label{'e': classify.Employee, 'c': classify.Customer, 'o': classify.OtherPerson,
		't': classify.ThirdPartyWork, 'm': classify.Minor, 'h': classify.SpecialCategory}
	practiceKinds = map[string]scanner.Kind{"p": scanner.Post, "a": scanner.AlbumPhoto, "v": scanner.Video, "r": scanner.Reel,
		"s": scanner.Story, "x": scanner.ProfilePhoto, "y": scanner.CoverPhoto}
	practicePlatforms = map[string]scanner.Platform{"f": scanner.Facebook, "i": scanner.Instagram}
)

// loadPractice reads rows in the short form.
func loadPractice(name string, f io.Reader, rows *[]*row, answers *[]answer) error {
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, maxLine)
	var page row
	for n := 1; sc.Scan(); n++ {
		line := sc.Text()
		if strings.TrimSpace(line) == "" {
			continue
		}
		if head, ok := strings.CutPrefix(line, "# "); ok {
			display, letter, _ := strings.Cut(head, "\t")
			page = row{Page: display, Platform: practicePlatforms[letter]}
			if page.Platform == "" {
				return fmt.Errorf("read %q: line %d: platform %q is neither f nor i", name, n, letter)
			}
			continue
		}
		r, a, err := practiceRow(page, line)
		if err != nil {
			return fmt.Errorf("read %q: line %d: %w", name, n, err)
		}
		r.ID = fmt.Sprintf("%s:%d", name, n)
		*rows, *answers = append(*rows, r), append(*answers, a)
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("read %q: %w", name, err)
	}
	return nil
}

func practiceRow(page row, line string) (*row, answer, error) {
	var a answer
	if page.Page == "" {
		return nil, a, fmt.Errorf("no page stands above it")
	}
	columns := strings.Split(line, "\t")
	if len(columns) != practiceColumns {
		return nil, a, fmt.Errorf("%d columns instead of %d", len(columns), practiceColumns)
	}
	r := page
	for _, letter := range columns[0] {
		label, ok := practiceLabels[letter]
		if !ok {
			return nil, a, fmt.Errorf("no label %q", letter)
		}
		a.Labels = append(a.Labels, label)
	}
	m := medium{Type: "photo", File: "1_n.jpg"}
	people, video := strings.CutPrefix(columns[1], "v")
	if video {
		m.Type = "video"
	}
	if people != "?" {
		n, err := strconv.Atoi(people)
		if err != nil || n < 0 {
			return nil, a, fmt.Errorf("people %q is no number", people)
		}
		m.People = &n
	}
	r.Media = []medium{m}
	var ok bool
	if r.Kind, ok = practiceKinds[columns[2]]; !ok {
		return nil, a, fmt.Errorf("no kind %q", columns[2])
	}
	r.Lang, r.Album, r.Text = columns[3], columns[4], strings.ReplaceAll(columns[5], `\n`, "\n")
	return &r, a, nil
}
