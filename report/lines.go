package report

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pagerisk/classify"
	"pagerisk/classify/picture"
	"pagerisk/scanner"
	"pagerisk/scanner/casefile"
)

// linesSchema is raised when a reader of items.jsonl would have to change.
const linesSchema = 1

// Lines writes items.jsonl: the run, then all items, then all notes, one JSON object a line. It implements Writer.
type Lines struct{}

type runLine struct {
	Type    string        `json:"type"`
	Schema  int           `json:"schema"`
	Tool    string        `json:"tool"`
	Version string        `json:"version"`
	Started string        `json:"started"`
	Sources []string      `json:"sources"`
	Tally   scanner.Tally `json:"tally"`
}

type itemLine struct {
	Type       string           `json:"type"`
	Key        scanner.Key      `json:"key"`
	Platform   scanner.Platform `json:"platform"`
	Kind       scanner.Kind     `json:"kind"`
	Account    string           `json:"account"`
	Published  string           `json:"published"`
	Text       string           `json:"text"`
	Lang       string           `json:"lang"`
	Album      string           `json:"album"`
	Place      string           `json:"place"`
	Tags       []string         `json:"tags"`
	Link       string           `json:"link"`
	Permalink  string           `json:"permalink"`
	State      scanner.State    `json:"state"`
	Where      string           `json:"where"`
	Origins    []string         `json:"origins"`
	Timezone   string           `json:"timezone"`
	Media      []mediumLine     `json:"media"`
	Findings   []findingLine    `json:"findings"`
	Likelihood int              `json:"likelihood,omitempty"`
	Severity   int              `json:"severity,omitempty"`
	Level      Level            `json:"level,omitempty"`
}

type mediumLine struct {
	URI      string            `json:"uri"`
	File     string            `json:"file"`
	Type     string            `json:"type"`
	Status   scanner.Status    `json:"status"`
	SHA256   string            `json:"sha256"`
	Bytes    int64             `json:"bytes"`
	Width    int               `json:"width"`
	Height   int               `json:"height"`
	People   *int              `json:"people"`
	Alt      string            `json:"alt"`
	Caption  string            `json:"caption,omitempty"`
	Metadata *picture.Metadata `json:"metadata"`
}

type findingLine struct {
	ID       string              `json:"id"`
	Label    classify.Label      `json:"label"`
	Band     classify.Band       `json:"band"`
	Score    float64             `json:"score"`
	Evidence []classify.Evidence `json:"evidence"`
}

type noteLine struct {
	Type   string       `json:"type"`
	Code   scanner.Code `json:"code"`
	Where  string       `json:"where"`
	Item   scanner.Key  `json:"item"`
	Detail string       `json:"detail"`
}

// Write puts items.jsonl into dir.
func (Lines) Write(ctx context.Context, dir string, r *Register) error {
	return casefile.WriteFile(filepath.Join(dir, "items.jsonl"), func(f *os.File) error {
		w := bufio.NewWriterSize(f, 1<<16)
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		sources := r.Head.Sources
		if sources == nil {
			sources = []string{}
		}
		if err := enc.Encode(runLine{
			Type: "run", Schema: linesSchema, Tool: r.Head.Tool, Version: r.Head.Version,
			Started: r.Head.Started.Format(time.RFC3339), Sources: sources, Tally: r.Head.Tally,
		}); err != nil {
			return err
		}
		for row, err := range r.Rows(ctx) {
			if err != nil {
				return err
			}
			if err := enc.Encode(itemLineOf(row)); err != nil {
				return err
			}
		}
		for n, err := range r.Notes(ctx) {
			if err != nil {
				return err
			}
			if err := enc.Encode(noteLine{"note", n.Code, n.Where, n.Item, n.Detail}); err != nil {
				return err
			}
		}
		return w.Flush()
	})
}

// metadataLine is what a file says of itself, in the names that readers of items.jsonl know, and beyond those only what
// evidence of the item stands in.
func metadataLine(row *Row, i int) *picture.Metadata {
	m := row.Facts[i].Metadata
	quoted := func(name string) bool {
		field := fmt.Sprintf("media[%d].metadata.%s", i, name)
		for _, f := range row.Findings {
			for _, e := range f.Evidence {
				if strings.HasPrefix(e.Field, field) {
					return true
				}
			}
		}
		return false
	}
	for name, value := range map[string]*string{
		"title": &m.Title, "headline": &m.Headline, "description": &m.Description, "transmission": &m.Transmission,
		"web_statement": &m.WebStatement, "licensor": &m.Licensor,
	} {
		if *value != "" && !quoted(name) {
			*value = ""
		}
	}
	for name, list := range map[string]*[]string{"keywords": &m.Keywords, "c2pa": &m.C2PA} {
		if len(*list) > 0 && !quoted(name) {
			*list = nil
		}
	}
	m.Facebook = false
	return &m
}

func itemLineOf(row *Row) itemLine {
	item := row.Item
	l := itemLine{
		Type: "item", Key: item.Key, Platform: item.Platform, Kind: item.Kind, Account: item.Account,
		Text: item.Text, Lang: item.Lang, Album: item.Album, Place: item.Place, Tags: item.Tags, Link: item.Link,
		Permalink: item.Permalink, State: item.State, Timezone: "known",
		Origins: []string{}, Media: []mediumLine{}, Findings: []findingLine{},
	}
	if l.Tags == nil {
		l.Tags = []string{}
	}
	if !item.Created.IsZero() {
		l.Published = item.Created.UTC().Format(time.RFC3339)
	}
	if item.ZoneAssumed {
		l.Timezone = "assumed"
	}
	for i, o := range item.Origins {
		if i == 0 {
			l.Where = o.Where
		}
		if !slices.Contains(l.Origins, o.Where) { // two exports of a page name the same place
			l.Origins = append(l.Origins, o.Where)
		}
	}
	for i, m := range item.Media {
		line := mediumLine{
			URI: m.URI, File: m.File, Type: "photo", Status: m.Status, Bytes: m.Bytes, Width: m.Width, Height: m.Height,
			Alt: m.Alt, Caption: m.Caption, Metadata: new(picture.Metadata),
		}
		if m.Video {
			line.Type = "video"
		}
		if m.SHA256 != (scanner.Hash{}) {
			line.SHA256 = m.SHA256.String()
		}
		if i < len(row.Facts) && row.Facts[i] != nil {
			line.People = row.Facts[i].People
			line.Metadata = metadataLine(row, i)
		}
		l.Media = append(l.Media, line)
	}
	for _, f := range row.Findings {
		evidence := f.Evidence
		if evidence == nil {
			evidence = []classify.Evidence{}
		}
		l.Findings = append(l.Findings, findingLine{f.ID, f.Label, f.Band, f.Score, evidence})
	}
	if row.Risk != nil {
		l.Likelihood, l.Severity, l.Level = row.Risk.Today.Likelihood, row.Risk.Today.Severity, row.Risk.Today.Level()
	}
	return l
}
