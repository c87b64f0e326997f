package site

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func imagePath(data []byte) string {
	sum := sha256.Sum256(data)
	return fmt.Sprintf("/images/%x.png", sum[:8])
}

func TestServer(t *testing.T) {
	var version atomic.Int64
	server := httptest.NewServer(&Server{
		Load: func(context.Context) (Input, error) {
			in := sample(1, 3+int(version.Load()), 4)
			return in, nil
		},
		Stamp: func() string { return time.Unix(version.Load(), 0).String() },
		Every: 10 * time.Millisecond,
	})
	defer server.Close()
	get := func(path string) (int, string, http.Header) {
		t.Helper()
		r, err := http.Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r.StatusCode, string(text), r.Header
	}
	for path, want := range map[string]string{
		"/": "9 runs", "/family-poisson.html": "poisson", "/assets/site.js": "use strict", "/assets/site.css": "--paper", imagePath(square(200)): "PNG",
	} {
		if code, text, h := get(path); code != 200 || !strings.Contains(text, want) || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d, %d bytes, expected %q in it", path, code, len(text), want)
		}
	}
	for _, path := range []string{"/none.html", "/../site.go", "/images/0123456789abcdef.png", "/images/", "/sample.db"} {
		if code, _, _ := get(path); code != 404 {
			t.Errorf("%s: %d, expected 404", path, code)
		}
	}

	_, page, _ := get("/")
	_, have, _ := strings.Cut(page, `<meta name="live" content="events?have=`)
	have, _, _ = strings.Cut(have, `"`)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/events?have="+have, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	lines := bufio.NewScanner(r.Body)
	lines.Scan() // it is connected
	version.Add(1)
	for lines.Scan() && lines.Text() != "event: change" {
	}
	if lines.Text() != "event: change" {
		t.Errorf("no event: %v", lines.Err())
	}
	if _, text, _ := get("/"); !strings.Contains(text, "12 runs") {
		t.Error("what is new is not shown")
	}

	post, err := http.Post(server.URL+"/", "text/plain", nil)
	if err != nil || post.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %v, error %v", post, err)
	}
	request, _ = http.NewRequest(http.MethodGet, server.URL, nil)
	request.Host = "evil.example"
	if r, err := http.DefaultClient.Do(request); err != nil || r.StatusCode != http.StatusForbidden {
		t.Errorf("by another name: %v, error %v", r, err)
	}
}

// While a site is being made, or was a short time ago, the last one is shown; at the time, whoever listens is told once that there is another.
func TestServerPatience(t *testing.T) {
	var version, loads atomic.Int64
	slow := make(chan struct{})
	s := &Server{
		Load: func(context.Context) (Input, error) {
			if loads.Add(1) > 1 {
				<-slow
			}
			return sample(1, 2+int(loads.Load()), 2), nil
		},
		Stamp: func() string { return time.Unix(version.Load(), 0).String() },
		Every: time.Millisecond,
	}
	if err := s.Prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.site.took = time.Hour
	shown := func() int {
		t.Helper()
		site, err := s.current(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(site.in.Runs)
	}
	before := shown()
	version.Add(1)
	if got := shown(); got != before || loads.Load() != 1 {
		t.Errorf("%d runs after %d loads: it is too early for another", got, loads.Load())
	}
	s.mu.Lock()
	s.site.made = s.site.made.Add(-patience * time.Hour)
	s.mu.Unlock()
	made := make(chan int)
	go func() { made <- shown() }()
	for loads.Load() < 2 {
		time.Sleep(time.Millisecond)
	}
	if got := shown(); got != before { // meanwhile
		t.Errorf("%d runs while another is made, expected those of the last", got)
	}
	close(slow)
	if got := <-made; got == before {
		t.Error("what is new is not shown")
	}
}
