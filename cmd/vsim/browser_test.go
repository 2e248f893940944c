package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// chromium is the path of a Chromium. Where there is none the test is skipped, or fails with VSIM_REQUIRE_CHROMIUM=1.
func chromium(t *testing.T) string {
	t.Helper()
	fetched, err := filepath.Abs("../../.deps/chromium/chromium")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{os.Getenv("VSIM_CHROMIUM"), "chromium", "chromium-browser", "google-chrome", fetched} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	const none = "there is no Chromium to look at pages with; make browser fetches one"
	if os.Getenv("VSIM_REQUIRE_CHROMIUM") != "" {
		t.Fatal(none)
	}
	t.Skip(none)
	return ""
}

// browse has Chromium open a page, and returns what it prints and what it complains about.
func browse(t *testing.T, page string, args ...string) (out, complaints string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	all := append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars", "--disable-extensions",
		"--enable-logging=stderr", "--user-data-dir=" + t.TempDir()}, args...)
	cmd := exec.CommandContext(ctx, chromium(t), append(all, "file://"+page)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	for line := range strings.Lines(stderr.String()) {
		if strings.Contains(line, "CONSOLE") {
			complaints += line
		}
	}
	return stdout.String(), complaints
}

// themes are Chromium's names of the schemes that a page may be preferred in.
var themes = map[string]string{"light": "1", "dark": "0"}

// lookedAt are scenarios whose pages are looked at.
var lookedAt = map[string][]string{
	"server":     {"8gpu", "--set", "workload.rate=4000/s"},
	"overloaded": {"8gpu", "--set", "workload.rate=40000/s"},
	"faces":      {"../../experiments/examples/faces.toml"},
	"mm1":        {"../../experiments/examples/mm1.toml"},
}

// pictures is the folder for pictures: the one that VSIM_PICTURES names keeps them.
func pictures(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("VSIM_PICTURES")
	if folder == "" {
		folder = t.TempDir()
	}
	folder, err := filepath.Abs(folder)
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// isFine measures a page and takes pictures of it, in both themes, as wide as a desk's screen and as a phone.
func isFine(t *testing.T, page, folder string) {
	t.Helper()
	name := strings.TrimSuffix(filepath.Base(page), ".html")
	for theme, number := range themes {
		scheme := "--blink-settings=preferredColorScheme=" + number
		fits(t, page, theme, scheme)
		for width, height := range map[int]int{1280: 2600, 360: 5200} {
			picture := filepath.Join(folder, fmt.Sprintf("%s-%s-%d.png", name, theme, width))
			browse(t, framed(t, page, width, height), scheme, fmt.Sprintf("--window-size=%d,%d", max(width, 500), height), "--screenshot="+picture)
			isSeen(t, picture, theme)
		}
	}
}

// TestBrowser has a browser read pages and take pictures of them, in both themes, as wide as a desk's screen and as a phone.
// VSIM_PICTURES=FOLDER keeps the pictures.
func TestBrowser(t *testing.T) {
	chromium(t)
	folder := pictures(t)
	for name, args := range lookedAt {
		t.Run(name, func(t *testing.T) {
			page := filepath.Join(folder, name+".html")
			if code, _, errOut := vsim(append(append([]string{"simulate"}, args...), "--html", page)...); code != 0 {
				t.Fatal(errOut)
			}
			isRead(t, page, "vsim simulate", "Throughput and latency", "Where the time goes", "What is busy", "Bottleneck: ", "seed 1")
			isFine(t, page, folder)
		})
	}
}

// isRead holds what the browser reads on a page against what must be there, and has it complain of nothing.
func isRead(t *testing.T, page string, wants ...string) {
	t.Helper()
	dom, complaints := browse(t, page, "--dump-dom")
	if complaints != "" {
		t.Errorf("the browser complains: %s", complaints)
	}
	text := html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(dom, "|"))
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("the browser does not read %q", want)
		}
	}
}

// framed is a page that shows another in a frame, as wide as it is to be: browsers' windows have a least width.
func framed(t *testing.T, page string, width, height int) string {
	return beside(t, page, width, height, "")
}

// beside is a page with another in a frame, and a script of its own that may look into it.
func beside(t *testing.T, page string, width, height int, script string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "frame.html")
	outer := fmt.Sprintf(`<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"></head><body style="margin:0"><iframe style="width:%dpx;height:%dpx;border:0" srcdoc="%s"></iframe><script>%s</script></body></html>`,
		width, height, html.EscapeString(string(text)), script)
	if err := os.WriteFile(path, []byte(outer), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// measurePage says how wide the page in the frame is, how high the letters in its pictures are, and how well its letters stand out
// from what is behind them (WCAG 2.2, 1.4.3: 4.5 at least).
const measurePage = `
onload = () => {
  const d = document.querySelector('iframe').contentDocument, w = d.defaultView;
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const rgb = c => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); return canvas.getImageData(0, 0, 1, 1).data; };
  const light = c => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => { const v = rgb(c)[i] / 255; return sum + weight * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); }, 0);
  const behind = e => { for (; e; e = e.parentElement) { const c = w.getComputedStyle(e).backgroundColor; if (rgb(c)[3] == 255) return c; } return 'white'; };
  let worst = 99, where = '', least = 99;
  for (const e of d.querySelectorAll('main *')) {
    const svg = e.tagName == 'text';
    if (!svg && ![...e.childNodes].some(n => n.nodeType == 3 && n.textContent.trim()) || e.namespaceURI.includes('svg') && !svg) continue;
    const style = w.getComputedStyle(e), a = light(svg ? style.fill : style.color), b = light(behind(e));
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < worst) { worst = contrast; where = e.outerHTML.slice(0, 120); }
    const high = e.getBoundingClientRect().height;
    if (svg && high > 0) least = Math.min(least, high);
  }
  const out = document.createElement('pre');
  out.textContent = JSON.stringify({width: d.documentElement.scrollWidth, contrast: worst, where: where, letters: least});
  document.querySelector('iframe').remove();
  document.body.append(out);
};`

// fits measures a page in a phone's width: nothing is cut off at its side, and all can be read.
func fits(t *testing.T, page, theme, scheme string) {
	const phone = 360
	dom, complaints := browse(t, beside(t, page, phone, 800, measurePage), "--dump-dom", "--virtual-time-budget=5000", scheme)
	_, rest, _ := strings.Cut(dom, "<pre>")
	text, _, _ := strings.Cut(rest, "</pre>")
	var got struct {
		Width, Contrast, Letters float64
		Where                    string
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(text)), &got); err != nil {
		t.Fatalf("%v: %s %s", err, complaints, dom)
	}
	t.Logf("%s: %v wide, letters %.1f high, contrast %.2f", theme, got.Width, got.Letters, got.Contrast)
	if got.Width > phone {
		t.Errorf("%s: the page is %v wide on a phone of %d", theme, got.Width, phone)
	}
	if got.Contrast < 4.5 {
		t.Errorf("%s: letters stand out by %.2f alone: %s", theme, got.Contrast, got.Where)
	}
	if got.Letters < 10 {
		t.Errorf("%s: letters in pictures are %.1f high", theme, got.Letters)
	}
}

// isSeen looks at a picture: it is light or dark as the theme is, and something is on it.
func isSeen(t *testing.T, path, theme string) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	corner := brightness(picture, 2, 2)
	if (theme == "light") != (corner > 0.5) {
		t.Errorf("%s: the paper's brightness is %.2f", filepath.Base(path), corner)
	}
	inked, all := 0, 0
	for y := 0; y < picture.Bounds().Dy(); y += 3 {
		for x := 0; x < min(picture.Bounds().Dx(), 360); x += 3 {
			all++
			if b := brightness(picture, x, y); b-corner > 0.3 || corner-b > 0.3 {
				inked++
			}
		}
	}
	if inked < all/100 {
		t.Errorf("%s: %d of %d points are inked", filepath.Base(path), inked, all)
	}
}

func brightness(picture image.Image, x, y int) float64 {
	r, g, b, _ := picture.At(x, y).RGBA()
	return float64(r+g+b) / (3 * 0xffff)
}
