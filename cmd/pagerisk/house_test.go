package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"
)

// house is the root of the module, seen from this package.
const house = "../.."

// mayImport says which packages of the house each package may import: data flows scanner → classify → report, imports
// flow the other way. A package that is not listed does not exist yet, or has no business existing.
var mayImport = map[string][]string{
	"cmd/pagerisk":          {"report", "report/workbook", "report/gallery", "classify", "classify/picture", "classify/records", "scanner", "scanner/casefile", "scanner/metaexport", "scanner/graphapi", "fixtures", "fixtures/graph"},
	"report":                {"classify", "classify/picture", "classify/records", "scanner", "scanner/casefile"},
	"report/workbook":       {"report", "classify", "classify/picture", "classify/records", "scanner", "scanner/casefile"},
	"report/gallery":        {"report", "classify", "classify/picture", "scanner", "scanner/casefile"},
	"classify":              {"classify/picture", "scanner", "scanner/casefile"},
	"classify/picture":      {"classify/picture/luma"},
	"classify/picture/luma": {},
	"classify/records":      {"classify", "classify/picture", "scanner"},
	"classify/evaluate":     {"classify", "classify/picture", "scanner"},
	"classify/training":     {"classify", "classify/picture", "scanner"},
	"scanner":               {"scanner/casefile"},
	"scanner/metaexport":    {"scanner"},
	"scanner/graphapi":      {"scanner"},
	"scanner/casefile":      {},
	"fixtures":              {"fixtures/pictures", "scanner", "classify"},
	"fixtures/build":        {"fixtures", "fixtures/pictures"},
	"fixtures/pictures":     {},
	"fixtures/graph":        {"fixtures", "fixtures/pictures", "scanner"},
	"fixtures/corpus":       {},
}

// onlyImporter names the one package that may import a module: what is wrapped once can be replaced once.
var onlyImporter = map[string]string{
	"modernc.org/sqlite":             "scanner/casefile",
	"github.com/huandu/facebook/":    "scanner/graphapi",
	"github.com/spf13/cobra":         "cmd/pagerisk",
	"github.com/rwcarlsen/goexif/":   "classify/picture",
	"github.com/bep/imagemeta":       "classify/picture",
	"github.com/nicksnyder/go-i18n/": "report",
}

// modules are all direct requirements, tools and tests included, with the reason to have them.
var modules = map[string]string{
	"github.com/BurntSushi/toml":        "rules, texts and settings, with errors that name the line",
	"github.com/bep/imagemeta":          "IPTC and XMP",
	"github.com/cenkalti/backoff/v5":    "pauses between attempts at the Graph API",
	"github.com/esimov/pigo":            "judge of our own cascade in tests",
	"github.com/tetratelabs/wazero":     "HEIC as WebAssembly, without cgo",
	"github.com/google/go-cmp":          "differences in tests",
	"github.com/huandu/facebook/v2":     "the Graph API",
	"github.com/nicksnyder/go-i18n/v2":  "texts in two languages",
	"github.com/rogpeppe/go-internal":   "scripts as tests",
	"github.com/rwcarlsen/goexif":       "EXIF",
	"github.com/schollz/progressbar/v3": "progress on a terminal",
	"github.com/spf13/cobra":            "verbs, completion, did-you-mean",
	"github.com/spf13/pflag":            "the flags of cobra, for messages in two languages",
	"github.com/xuri/excelize/v2":       "the workbook",
	"golang.org/x/image":                "WebP, TIFF, BMP, scaling",
	"golang.org/x/net":                  "HTML exports",
	"golang.org/x/sync":                 "groups of workers, weighed semaphores",
	"golang.org/x/sys":                  "what the processor can, for the kernels of the network",
	"golang.org/x/term":                 "whether somebody watches the progress",
	"golang.org/x/text":                 "normal forms and character sets",
	"golang.org/x/time":                 "pace of calls to the Graph API",
	"honnef.co/go/tools":                "staticcheck",
	"modernc.org/sqlite":                "the case's state, without cgo",
}

// goFile is one parsed file of the house.
type goFile struct {
	pkg  string // folder
	name string
	*ast.File
}

func goFiles(t *testing.T) []goFile {
	t.Helper()
	var files []goFile
	fset := token.NewFileSet()
	err := filepath.WalkDir(house, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(house, p)
		if d.IsDir() && rel != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if filepath.Ext(p) != ".go" {
			return nil
		}
		f, err := parser.ParseFile(fset, p, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		files = append(files, goFile{path.Dir(filepath.ToSlash(rel)), d.Name(), f})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestImportsFlowOneWay(t *testing.T) {
	for _, f := range goFiles(t) {
		allowed, known := mayImport[f.pkg]
		if !known {
			t.Errorf("%s/%s: the package is not in the plan of the house", f.pkg, f.name)
			continue
		}
		test := strings.HasSuffix(f.name, "_test.go")
		for _, spec := range f.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			if own, ok := strings.CutPrefix(name, "pagerisk/"); ok {
				isFixture := test && strings.HasPrefix(own, "fixtures")
				if own != f.pkg && !slices.Contains(allowed, own) && !isFixture && !test {
					t.Errorf("%s/%s imports %s: an arrow against the flow", f.pkg, f.name, own)
				}
				if !test && strings.HasPrefix(own, "fixtures") && !strings.HasPrefix(f.pkg, "fixtures") && f.name != "demo.go" {
					t.Errorf("%s/%s imports %s: fixtures are for tests and the demo only", f.pkg, f.name, own)
				}
				continue
			}
			for prefix, importer := range onlyImporter {
				if strings.HasPrefix(name+"/", strings.TrimSuffix(prefix, "/")+"/") && f.pkg != importer && !test {
					t.Errorf("%s/%s imports %s: only %s may", f.pkg, f.name, name, importer)
				}
			}
		}
	}
}

func TestModulesHaveAReason(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(house, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, line := range strings.Split(string(data), "\n") {
		fields := strings.Fields(strings.TrimPrefix(line, "require "))
		if len(fields) < 2 || !strings.HasPrefix(fields[1], "v") || strings.Contains(line, "// indirect") {
			continue
		}
		seen[fields[0]] = true
		if modules[fields[0]] == "" {
			t.Errorf("go.mod requires %s, which nobody gave a reason for", fields[0])
		}
	}
	for name := range modules {
		if !seen[name] && name != "honnef.co/go/tools" {
			t.Errorf("%s has a reason but is not required", name)
		}
	}
}

func TestPackageComments(t *testing.T) {
	comments := make(map[string]string)
	for _, f := range goFiles(t) {
		if strings.HasSuffix(f.name, "_test.go") || strings.HasSuffix(f.Name.Name, "_test") {
			continue
		}
		if _, ok := comments[f.pkg]; !ok {
			comments[f.pkg] = ""
		}
		if f.Doc != nil {
			if comments[f.pkg] != "" {
				t.Errorf("%s has two package comments", f.pkg)
			}
			comments[f.pkg] = f.Doc.Text()
		}
	}
	for pkg, text := range comments {
		if !strings.HasPrefix(text, "Package "+path.Base(pkg)+" ") && !strings.HasPrefix(text, "Command ") || !strings.Contains(text, "rule") {
			t.Errorf("%s: the package comment does not say what it does, for whom, and its one rule: %q", pkg, text)
		}
	}
}

// What touches the world is handed in, so that tests can run everything without it.
func TestWorldIsHandedIn(t *testing.T) {
	forbidden := regexp.MustCompile(`^(os\.(Args|Stdin|Stdout|Stderr|Getenv|LookupEnv|Environ|Exit)|time\.Now|http\.(Default\w+|Get|Post))$`)
	for _, f := range goFiles(t) {
		if strings.HasSuffix(f.name, "_test.go") || f.name == "main.go" || strings.HasPrefix(f.pkg, "fixtures") {
			continue
		}
		ast.Inspect(f.File, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok && forbidden.MatchString(x.Name+"."+sel.Sel.Name) {
					t.Errorf("%s/%s uses %s.%s: take it from the caller", f.pkg, f.name, x.Name, sel.Sel.Name)
				}
			}
			return true
		})
	}
}

// TestTextsAreUsed: nobody translates a text that nobody says. Code asks for a key by its whole name or puts it together: of
// literals that stand beside a plus, or between verbs like %d, and of words that stand in the code or in the data that it reads.
func TestTextsAreUsed(t *testing.T) {
	words, glue := make(map[string]bool), make(map[string]bool)
	for _, f := range goFiles(t) {
		if strings.HasSuffix(f.name, "_test.go") || strings.HasPrefix(f.pkg, "fixtures") {
			continue
		}
		text := func(n ast.Expr) string {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				text, _ := strconv.Unquote(lit.Value)
				return text
			}
			return ""
		}
		ast.Inspect(f.File, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				words[text(n)], words[strings.ToLower(text(n))] = true, true
				if pieces := verb.Split(text(n), -1); len(pieces) > 1 || strings.HasSuffix(text(n), "_") || strings.HasSuffix(text(n), ".") {
					for _, piece := range pieces {
						glue[piece] = true
					}
				}
			case *ast.BinaryExpr:
				if n.Op == token.ADD {
					glue[text(n.X)], glue[text(n.Y)] = true, true
				}
			}
			return true
		})
	}
	for _, pattern := range []string{"classify/rules/*.toml", "classify/learned.tsv", "report/law/*.toml", "report/*/*.html", "report/*/*.js"} {
		files, err := filepath.Glob(filepath.Join(house, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range dataWord.FindAllString(string(data), -1) {
				words[word], words[strings.ToLower(word)] = true, true
			}
		}
	}
	delete(glue, "_") // else any two words would do
	var used func(key string) bool
	used = func(key string) bool {
		if words[key] || number.MatchString(key) {
			return true
		}
		for i := range key {
			for j := i + 1; j <= len(key); j++ {
				if glue[key[i:j]] && j-i < len(key) && (i == 0 || used(key[:i])) && (j == len(key) || used(key[j:])) {
					return true
				}
			}
		}
		return false
	}
	for _, key := range textKeys(t) {
		if !strings.HasPrefix(key, "wb.detail.") && !used(key) { // details are English sentences of other packages, made into keys
			t.Errorf("nobody says %q", key)
		}
	}
}

var (
	dataWord = regexp.MustCompile(`[A-Za-z][A-Za-z0-9_.-]*`)
	verb     = regexp.MustCompile(`%[ds]`)
	number   = regexp.MustCompile(`^[0-9]+$`)
)

// textKeys are the keys of all texts, as Texts.Say takes them.
func textKeys(t *testing.T) (keys []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(house, "report/texts/*.de.toml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("catalogues: %v, %v", files, err)
	}
	var collect func(prefix string, tree map[string]any)
	collect = func(prefix string, tree map[string]any) {
		for name, v := range tree {
			below, isTable := v.(map[string]any)
			if _, plural := below["other"].(string); !isTable || plural {
				keys = append(keys, prefix+name)
			} else {
				collect(prefix+name+".", below)
			}
		}
	}
	for _, name := range files {
		var tree map[string]any
		if _, err := toml.DecodeFile(name, &tree); err != nil {
			t.Fatal(err)
		}
		collect("", tree)
	}
	slices.Sort(keys)
	return keys
}
