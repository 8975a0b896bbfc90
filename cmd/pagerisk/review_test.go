package main

import (
	"slices"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/xuri/excelize/v2"
)

// TestReviewScripts is the way of the decisions: out in a workbook, edited by people, and back.
func TestReviewScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/review",
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			e.Setenv("LANG", "de_DE.UTF-8")
			e.Setenv("XDG_CONFIG_HOME", e.Getenv("WORK")+"/config")
			e.Setenv("HOME", e.Getenv("WORK")+"/home")
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": cmdExits,
			"demo":  cmdDemo,
			"cut":   cmdCut,
			"edit":  cmdEdit,
			"cell":  cmdCell,
		},
	})
}

// edit FILE SHEET COLUMN ROW VALUE writes into a cell of a workbook, as a person does.
func cmdEdit(ts *testscript.TestScript, neg bool, args []string) {
	f, ref := cellNamed(ts, args[:4])
	defer f.Close()
	ts.Check(f.SetCellStr(args[1], ref, args[4]))
	ts.Check(f.Save())
}

// cell FILE SHEET COLUMN ROW VALUE compares a cell of a workbook; ! cell FILE SHEET says that there is no such sheet.
func cmdCell(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 2 {
		f, err := excelize.OpenFile(ts.MkAbs(args[0]))
		ts.Check(err)
		defer f.Close()
		if slices.Contains(f.GetSheetList(), args[1]) == neg {
			ts.Fatalf("sheets: %q", f.GetSheetList())
		}
		return
	}
	f, ref := cellNamed(ts, args[:4])
	defer f.Close()
	got, err := f.GetCellValue(args[1], ref)
	ts.Check(err)
	if (got == args[4]) == neg {
		ts.Fatalf("%s %s is %q", args[1], ref, got)
	}
}

func cellNamed(ts *testscript.TestScript, args []string) (*excelize.File, string) {
	f, err := excelize.OpenFile(ts.MkAbs(args[0]))
	ts.Check(err)
	rows, err := f.GetRows(args[1])
	ts.Check(err)
	col := slices.Index(rows[0], args[2])
	row, err := strconv.Atoi(args[3])
	ts.Check(err)
	ref, err := excelize.CoordinatesToCellName(col+1, row)
	ts.Check(err)
	return f, ref
}
