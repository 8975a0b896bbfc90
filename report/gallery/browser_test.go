//go:build browser

// These tests drive the gallery in a real browser; .ci/run installs one and runs them with -tags browser.
package gallery_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pagerisk/report"
)

// browser talks to Chromium over its pipe: JSON messages that end with a zero byte.
type browser struct {
	t       *testing.T
	in      io.Writer
	out     *bufio.Reader
	id      int
	session string
	failed  []string // what the page complained about or asked the network for
}

func start(t *testing.T, page string) *browser {
	t.Helper()
	path := os.Getenv("PAGERISK_CHROMIUM")
	if path == "" {
		path = "chromium"
	}
	toBrowser, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, fromBrowser, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--remote-debugging-pipe", "--user-data-dir="+t.TempDir(), "--window-size=1400,1000", "about:blank")
	cmd.ExtraFiles = []*os.File{toBrowser, fromBrowser}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	toBrowser.Close()
	fromBrowser.Close()
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	out.SetReadDeadline(time.Now().Add(time.Minute))
	b := &browser{t: t, in: in, out: bufio.NewReader(out)}
	target := b.call("Target.createTarget", map[string]any{"url": "about:blank"})
	b.session = b.call("Target.attachToTarget", map[string]any{"targetId": target["targetId"], "flatten": true})["sessionId"].(string)
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		b.call(domain+".enable", nil)
	}
	b.call("Page.navigate", map[string]any{"url": "file://" + page})
	b.wait("Page.loadEventFired")
	return b
}

type message struct {
	ID     int
	Method string
	Params map[string]any
	Result map[string]any
	Error  *struct{ Message string }
}

func (b *browser) read() message {
	b.t.Helper()
	data, err := b.out.ReadBytes(0)
	if err != nil {
		b.t.Fatalf("browser: %v", err)
	}
	var m message
	if err := json.Unmarshal(data[:len(data)-1], &m); err != nil {
		b.t.Fatal(err)
	}
	switch m.Method {
	case "Runtime.exceptionThrown", "Log.entryAdded":
		b.failed = append(b.failed, fmt.Sprint(m.Params))
	case "Network.requestWillBeSent":
		request, _ := m.Params["request"].(map[string]any)
		if url := fmt.Sprint(request["url"]); !strings.HasPrefix(url, "file://") && !strings.HasPrefix(url, "blob:") && !strings.HasPrefix(url, "data:") {
			b.failed = append(b.failed, "asked the network for "+url)
		}
	}
	return m
}

func (b *browser) wait(method string) {
	b.t.Helper()
	for b.read().Method != method {
	}
}

func (b *browser) call(method string, params map[string]any) map[string]any {
	b.t.Helper()
	b.id++
	data, err := json.Marshal(map[string]any{"id": b.id, "method": method, "params": params, "sessionId": b.session})
	if b.session == "" {
		data, err = json.Marshal(map[string]any{"id": b.id, "method": method, "params": params})
	}
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.in.Write(append(data, 0)); err != nil {
		b.t.Fatal(err)
	}
	for {
		m := b.read()
		if m.ID != b.id {
			continue
		}
		if m.Error != nil {
			b.t.Fatalf("%s: %s", method, m.Error.Message)
		}
		return m.Result
	}
}

// eval runs an expression in the page and returns its value; promises are awaited.
func (b *browser) eval(expression string) any {
	b.t.Helper()
	r := b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true})
	if d, ok := r["exceptionDetails"]; ok {
		b.t.Fatalf("%s: %v", expression, d)
	}
	return r["result"].(map[string]any)["value"]
}

func (b *browser) press(keys ...string) {
	for _, key := range keys {
		b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyDown", "key": key})
		b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key})
	}
}

func (b *browser) want(what, expression string, want any) {
	b.t.Helper()
	if got := b.eval(expression); fmt.Sprint(got) != fmt.Sprint(want) {
		b.t.Errorf("%s: %s = %v, want %v", what, expression, got, want)
	}
}

// screenshot leaves a picture for people where the environment names a folder.
func (b *browser) screenshot(name string) {
	dir := os.Getenv("PAGERISK_SCREENSHOTS")
	if dir == "" {
		return
	}
	data, err := base64.StdEncoding.DecodeString(b.call("Page.captureScreenshot", nil)["data"].(string))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), data, 0o600)
	}
	if err != nil {
		b.t.Error(err)
	}
}

func TestBrowser(t *testing.T) {
	dir := write(t, register(t, 2000, "de"))
	b := start(t, filepath.Join(dir, "index.html"))
	b.want("cards at a time", `document.querySelectorAll("button.card").length`, 60)
	b.want("hostile text", `document.body.innerHTML.includes("<script>alert")`, false)
	b.want("marks explained", `[...document.querySelectorAll(".marks mark")].map((m) => m.textContent).join("|")`, "spricht für einen Befund|spricht gegen einen Befund")
	// A text that does not fit its card says so.
	b.want("cut text", `(() => { const c = document.querySelector("button.card .caption"); c.textContent = "Wort ".repeat(200); const s = getComputedStyle(c);
		return s.webkitLineClamp === "3" && c.scrollHeight > c.clientHeight && c.clientHeight <= 3.1 * parseFloat(s.lineHeight); })()`, true)
	b.screenshot("cards")

	// Filters
	choose := func(name, value string) {
		b.eval(fmt.Sprintf(`(() => { const s = document.getElementById("filter-%s"); s.value = %q; s.dispatchEvent(new Event("change")); })()`, name, value))
	}
	choose("level", "very_high")
	b.want("filter by level", `[...document.querySelectorAll("button.card .level")].every((l) => l.textContent === "sehr hoch")`, true)
	choose("label", "customer")
	b.want("filter by label", `[...document.querySelectorAll("button.card")].every((c) => c.textContent.includes("Kundschaft"))`, true)
	choose("level", "")
	choose("label", "")

	// Keys: into the first item, an answer, the next open one, undo.
	b.press("ArrowRight")
	first := b.eval(`document.querySelector("article.view").dataset.key`)
	b.press("2", "a", "b")
	b.want("status by key", `document.querySelector('[data-field="status"][aria-pressed="true"]').dataset.code`, "no_risk")
	b.want("measure by key", `document.querySelector('[data-field="measure"][aria-pressed="true"]').dataset.code`, "keep")
	b.want("people boxes", `document.querySelectorAll(".box").length`, 1)
	b.want("marks explained beside the item", `document.querySelectorAll("article.view .marks mark").length`, 2)
	b.want("box in place", `document.querySelector(".box").style.left`, "10%")
	b.screenshot("item")
	b.press("n")
	second := b.eval(`document.querySelector("article.view").dataset.key`)
	if first == second {
		t.Error("the next open item is the one that was just decided")
	}
	b.press("4", "u")
	b.want("undo", `document.querySelector('[data-field="status"][aria-pressed="true"]').dataset.code`, "open")
	b.press("k")
	b.want("previous", `document.querySelector("article.view").dataset.key`, first)
	b.press("?")
	b.want("legend", `document.querySelector("dialog").open`, true)
	b.screenshot("legend")
	b.press("?")

	// Export: what the program takes in.
	exported := b.eval(`(async () => { let blob; const make = URL.createObjectURL; URL.createObjectURL = (f) => { blob = f; return make(f); };
		HTMLAnchorElement.prototype.click = () => {}; document.getElementById("export").click(); return await blob.text(); })()`).(string)
	returned, err := report.ReadDecisions(strings.NewReader(exported), "pagerisk-decisions.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, row := range returned.Rows {
		for field, value := range row.Values {
			values[string(row.Key)+" "+string(field)] = value
		}
	}
	if values[fmt.Sprint(first)+" status"] != "no_risk" || values[fmt.Sprint(first)+" measure"] != "keep" || len(values) != 2 {
		t.Errorf("exported decisions: %v of\n%s", values, exported)
	}
	if len(returned.Unknown)+len(returned.Odd) > 0 {
		t.Errorf("the program does not understand its own gallery: %v %v", returned.Unknown, returned.Odd)
	}

	// Import into an empty browser brings them back.
	b.eval(`localStorage.clear()`)
	b.call("Page.reload", nil)
	b.wait("Page.loadEventFired")
	b.want("empty again", `document.querySelectorAll("button.card.decided").length`, 0)
	b.eval(fmt.Sprintf(`(() => { const t = new DataTransfer(); t.items.add(new File([%q], "d.jsonl")); const i = document.getElementById("import-file"); i.files = t.files; i.dispatchEvent(new Event("change")); })()`, exported))
	b.want("imported", `new Promise((done) => setTimeout(() => done(document.querySelectorAll("button.card.decided").length), 200))`, 1)

	// 2,000 items stay fluent: one more card or one more item is drawn at once.
	for _, line := range b.failed {
		t.Errorf("browser: %s", line)
	}
}

func TestBrowserWithoutScript(t *testing.T) {
	dir := write(t, register(t, 3, "en"))
	b := start(t, "/dev/null")
	b.call("Emulation.setScriptExecutionDisabled", map[string]any{"value": true})
	b.call("Page.navigate", map[string]any{"url": "file://" + filepath.Join(dir, "index.html")})
	b.wait("Page.loadEventFired")
	doc := b.call("DOM.getDocument", map[string]any{"depth": -1})
	text, _ := json.Marshal(doc)
	for _, want := range []string{"B-00001", "Contact sheet", "Danke"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page without script lacks %q", want)
		}
	}
	b.screenshot("noscript")
}
