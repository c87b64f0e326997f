// Command maketruth converts the records of independent programs into the truths embedded in the families ks and
// nse:
//
//	maketruth ks ks.json DIR        one file a case name, every T of it
//	maketruth nse CASE.txt DIR      "t TIME ENERGY ENSTROPHY" and 64 lines of 64 values a time
//
// The READMEs beside the truths say how the records were made.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/solverbench/solverbench/problems/reference"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 {
		log.Fatal("usage: maketruth ks|nse FILE DIR")
	}
	convert := map[string]func([]byte, string) (map[string]*reference.Trajectory, error){"ks": fromKS, "nse": fromNSE}[os.Args[1]]
	if convert == nil {
		log.Fatalf("maketruth: family %q, expected ks or nse", os.Args[1])
	}
	if err := run(convert, os.Args[2], os.Args[3]); err != nil {
		log.Fatalf("maketruth: %v", err)
	}
}

func run(convert func([]byte, string) (map[string]*reference.Trajectory, error), file, dir string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	truths, err := convert(b, name)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	for name, t := range truths {
		b, err := t.Encode()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".truth"), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func fromKS(b []byte, _ string) (map[string]*reference.Trajectory, error) {
	var records []struct {
		Name      string
		T         float64
		N         int
		Dt        float64
		RelDiffDt float64 `json:"rel_diff_dt"`
		RelDiffN  float64 `json:"rel_diff_N"`
		U         []float64
	}
	if err := json.Unmarshal(b, &records); err != nil {
		return nil, err
	}
	truths := map[string]*reference.Trajectory{}
	for _, r := range records {
		t := truths[r.Name]
		if t == nil {
			t = &reference.Trajectory{Shape: []int{len(r.U)}, Method: fmt.Sprintf("ETDRK4, %d points, dt = %g, against half as many points and twice the step", r.N, r.Dt)}
			truths[r.Name] = t
		}
		t.Times = append(t.Times, r.T)
		t.Fields = append(t.Fields, r.U)
		t.Accuracy = append(t.Accuracy, max(r.RelDiffDt, r.RelDiffN))
	}
	return truths, nil
}

// nseAccuracy is the relative difference of the finer and the coarser run behind each record, at each time.
var nseAccuracy = map[string]struct {
	method   string
	accuracy []float64
}{
	"shear-layer": {"IF-RK4, 2/3 dealiased, 768² points against 512²", []float64{4e-11, 4e-8}},
	"kolmogorov":  {"IF-RK4, 2/3 dealiased, 512² points against 256²", []float64{3e-13, 4e-11, 4e-11, 4e-11, 4e-11}},
	"fno-forcing": {"IF-RK4, 2/3 dealiased, 256² points against 128²", []float64{7e-12, 7e-12, 7e-12, 7e-12}},
	"decay":       {"IF-RK4, 2/3 dealiased, 1024² points against 768²", []float64{2e-7, 1e-7}},
}

func fromNSE(b []byte, name string) (map[string]*reference.Trajectory, error) {
	about, ok := nseAccuracy[name]
	if !ok {
		return nil, fmt.Errorf("no accuracy is on record for case %q", name)
	}
	t := &reference.Trajectory{Shape: []int{64, 64}, Method: about.method, Accuracy: about.accuracy, Integrals: map[string][]float64{}}
	for n, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		words := strings.Fields(line)
		start := len(words) > 0 && words[0] == "t"
		if start {
			words = words[1:]
			t.Fields = append(t.Fields, nil)
		}
		var values []float64
		for _, w := range words {
			v, err := strconv.ParseFloat(w, 64)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", n+1, err)
			}
			values = append(values, v)
		}
		switch last := len(t.Fields) - 1; {
		case start && len(values) == 3:
			t.Times = append(t.Times, values[0])
			t.Integrals["energy"] = append(t.Integrals["energy"], values[1])
			t.Integrals["enstrophy"] = append(t.Integrals["enstrophy"], values[2])
		case !start && last >= 0:
			t.Fields[last] = append(t.Fields[last], values...)
		default:
			return nil, fmt.Errorf("line %d: %q, expected a time, an energy and an enstrophy", n+1, line)
		}
	}
	return map[string]*reference.Trajectory{name: t}, nil
}
