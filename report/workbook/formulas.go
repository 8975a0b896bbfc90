package workbook

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"html"
	"io"
	"path"
	"strings"

	"github.com/xuri/excelize/v2"
)

// excelize's row reader gives the stored results of formulas and not the formulas. This reads them, beside it and in a
// stream, for the columns in which they matter.

const (
	maxFormulas    = 200_000 // a row has one link; more than that many rows have no formula worth knowing
	maxFormula     = 8 << 10 // Excel's own limit
	maxRelations   = 4 << 20 // of the parts that name the others
	maxTagInFlight = 64 << 10
)

// formulasOf returns the formulas of some columns of a sheet. It is a help and not a need: what it cannot find is not
// there.
func formulasOf(file, sheet string, columns map[int]bool) map[cellRef]string {
	zr, err := zip.OpenReader(file)
	if err != nil {
		return nil
	}
	defer zr.Close()
	part, err := zr.Open(partOf(&zr.Reader, sheet))
	if err != nil {
		return nil
	}
	defer part.Close()
	out := make(map[cellRef]string)
	scan := bufio.NewScanner(io.LimitReader(part, maxUnpack))
	scan.Buffer(make([]byte, 0, 64<<10), maxTagInFlight)
	scan.Split(splitTags)
	var at cellRef
	formula := false
	for scan.Scan() && len(out) < maxFormulas {
		tok := scan.Bytes()
		switch {
		case bytes.HasPrefix(tok, []byte("<c ")):
			at, formula = cellRef{}, false
			if _, rest, ok := bytes.Cut(tok, []byte(` r="`)); ok {
				if ref, _, ok := bytes.Cut(rest, []byte(`"`)); ok && len(ref) < 12 {
					if col, row, err := excelize.CellNameToCoordinates(string(ref)); err == nil && columns[col] {
						at = cellRef{col, row}
					}
				}
			}
		case bytes.HasPrefix(tok, []byte("<f")) && (len(tok) == 3 || tok[2] == ' ' || tok[2] == '>' || tok[2] == '/'):
			formula = at.row > 0
			if formula {
				out[at] = ""
			}
		case formula && tok[0] != '<':
			if len(tok) <= maxFormula {
				out[at] = html.UnescapeString(string(tok))
			}
			formula = false
		case bytes.HasPrefix(tok, []byte("</f>")):
			formula = false
		}
	}
	return out
}

// splitTags cuts XML into tags and the texts between them. A text that is too long to be a formula is passed over.
func splitTags(data []byte, atEOF bool) (int, []byte, error) {
	if len(data) == 0 {
		return 0, nil, nil
	}
	end := byte('<')
	from := 0
	if data[0] == '<' {
		end, from = '>', 1
	}
	i := bytes.IndexByte(data[from:], end)
	switch {
	case i >= 0 && end == '>':
		return from + i + 1, data[:from+i+1], nil
	case i >= 0:
		return from + i, data[:from+i], nil
	case atEOF:
		return len(data), data, nil
	case len(data) >= maxTagInFlight:
		return len(data), data[:1], nil
	}
	return 0, nil, nil
}

// partOf is the name of the part that holds a sheet.
func partOf(zr *zip.Reader, sheet string) string {
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var rels struct {
		Relationship []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		}
	}
	if decodePart(zr, "xl/workbook.xml", &book) != nil || decodePart(zr, "xl/_rels/workbook.xml.rels", &rels) != nil {
		return ""
	}
	for _, s := range book.Sheets {
		if s.Name != sheet {
			continue
		}
		for _, r := range rels.Relationship {
			if r.ID == s.ID {
				if rest, ok := strings.CutPrefix(r.Target, "/"); ok {
					return rest
				}
				return path.Join("xl", r.Target)
			}
		}
	}
	return ""
}

func decodePart(zr *zip.Reader, name string, v any) error {
	part, err := zr.Open(name)
	if err != nil {
		return err
	}
	defer part.Close()
	return xml.NewDecoder(io.LimitReader(part, maxRelations)).Decode(v)
}
