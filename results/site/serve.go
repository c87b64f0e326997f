package site

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Server shows a site that grows: what is asked for is made of what there is by then, and pages reload themselves when there is more.
// It only reads, and answers only those who ask for this machine by a name of its own.
type Server struct {
	// Load reads what the site is made of.
	Load func(context.Context) (Input, error)
	// Stamp differs when there may be more.
	Stamp func() string
	// Every is how often it is looked at.
	Every time.Duration

	making sync.Mutex // held by whoever makes a site

	mu   sync.Mutex
	site *served
}

// served is a site with what it was made of.
type served struct {
	*Site
	stamp string
	made  time.Time
	took  time.Duration
}

// patience is how many times as long as making a site takes it is shown at least, so that a large database costs the machine a tenth of
// one core at most: there may be measurements on it.
const patience = 10

// Prepare makes the site of what there is now, so that it need not be made for the first who asks.
func (s *Server) Prepare(ctx context.Context) error {
	_, err := s.current(ctx)
	return err
}

// current is the site of what there is now, or the last one while it is too early for another, or another is being made.
func (s *Server) current(ctx context.Context) (*served, error) {
	last, stamp := s.last(), s.Stamp()
	switch {
	case last.uptodate(stamp):
		return last, nil
	case last == nil:
		s.making.Lock()
		defer s.making.Unlock()
		if last = s.last(); last.uptodate(stamp) { // somebody else was faster
			return last, nil
		}
	case !s.making.TryLock():
		return last, nil
	default:
		defer s.making.Unlock()
	}
	began := time.Now()
	in, err := s.Load(ctx)
	if err != nil {
		return nil, err
	}
	in.Events = "events?have=" + tag(stamp)
	next := &served{Site: New(in), stamp: stamp, made: time.Now()}
	next.took = next.made.Sub(began)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.site = next
	return next, nil
}

func (s *Server) last() *served {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.site
}

// uptodate says whether a site is still to be shown.
func (v *served) uptodate(stamp string) bool {
	return v != nil && (v.stamp == stamp || time.Since(v.made) < patience*v.took)
}

// tag is a stamp in an address.
func tag(stamp string) string {
	sum := sha256.Sum256([]byte(stamp))
	return hex.EncodeToString(sum[:8])
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// A page elsewhere, whose name leads here, is not to read this.
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		http.Error(w, "this is only for the machine itself", http.StatusForbidden)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "there is only reading here", http.StatusMethodNotAllowed)
		return
	}
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	path := strings.TrimPrefix(r.URL.Path, "/")
	switch {
	case path == "events":
		s.events(w, r)
	case path == "assets/site.css":
		h.Set("Content-Type", "text/css; charset=utf-8")
		_, _ = w.Write(asset("site.css"))
	case path == "assets/site.js":
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		_, _ = w.Write(asset("site.js"))
	default:
		s.page(w, r, path)
	}
}

// page answers with a page or a picture.
func (s *Server) page(w http.ResponseWriter, r *http.Request, path string) {
	site, err := s.current(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if png := site.views.pictures[path]; png != nil {
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write(png)
		return
	}
	name, isPage := strings.CutSuffix(path, ".html")
	if path == "" {
		name, isPage = "index", true
	}
	var text bytes.Buffer
	known := false
	if isPage {
		if known, err = site.WritePage(&text, name); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	if !known {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(text.Bytes())
}

// events sends one, by server-sent events, when the site is another than that of the page that asks, which is made by then.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	fmt.Fprint(w, ": here\n\n")
	if out.Flush() != nil {
		return
	}
	have := r.URL.Query().Get("have")
	ticks := time.NewTicker(s.Every)
	defer ticks.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-ticks.C:
		}
		site, err := s.current(r.Context())
		if err != nil || tag(site.stamp) == have { // a database that cannot be read now may be so later
			continue
		}
		have = tag(site.stamp)
		if _, err := fmt.Fprint(w, "event: change\ndata: 1\n\n"); err != nil || out.Flush() != nil {
			return
		}
	}
}
