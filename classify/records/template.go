package records

import (
	"bytes"
	"encoding/csv"
	"fmt"

	"github.com/xuri/excelize/v2"
)

// Template is an empty list to fill in.
type Template struct {
	Name string // file name
	Data []byte
}

// Templates are the empty lists of one language, each as CSV (semicolons, UTF-8 with a mark, as Excel opens it) and as a
// workbook. A line that begins with "#" is a remark and is skipped when the list is read.
func Templates(lang string) ([]Template, error) {
	var out []Template
	for i := range lists {
		l := &lists[i]
		name, n := l.files[len(l.files)-1], 0
		if lang == "en" {
			name, n = l.files[0], 1
		}
		heads, hints := make([]string, len(l.columns)), make([]string, len(l.columns))
		for k, c := range l.columns {
			heads[k], hints[k] = c.de[0], c.hint[n]
			if lang == "en" {
				heads[k] = c.en[0]
			}
		}
		hints[0] = "# " + hints[0]
		var b bytes.Buffer
		b.WriteString("\ufeff")
		w := csv.NewWriter(&b)
		w.Comma, w.UseCRLF = ';', true
		if err := w.WriteAll([][]string{heads, hints}); err != nil {
			return nil, fmt.Errorf("write template %q: %w", name, err)
		}
		out = append(out, Template{name + ".csv", b.Bytes()})
		data, err := workbook(heads, hints)
		if err != nil {
			return nil, fmt.Errorf("write template %q: %w", name, err)
		}
		out = append(out, Template{name + ".xlsx", data})
	}
	return out, nil
}

func workbook(heads, hints []string) ([]byte, error) {
	f := excelize.NewFile()
	defer f.Close()
	sheet := f.GetSheetName(0)
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return nil, err
	}
	grey, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Italic: true, Color: "595959"}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return nil, err
	}
	last, err := excelize.ColumnNumberToName(len(heads))
	if err != nil {
		return nil, err
	}
	for _, step := range []func() error{
		func() error { return f.SetSheetRow(sheet, "A1", &heads) },
		func() error { return f.SetSheetRow(sheet, "A2", &hints) },
		func() error { return f.SetRowStyle(sheet, 1, 1, bold) },
		func() error { return f.SetRowStyle(sheet, 2, 2, grey) },
		func() error { return f.SetColWidth(sheet, "A", last, 24) },
		func() error {
			return f.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
		},
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
