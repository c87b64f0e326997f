package nse

import (
	"strconv"
	"strings"
	"testing"
)

// excerpt is one line of testdata/records.txt.
type excerpt struct {
	name                    string
	time, energy, enstrophy float64
	row                     int
	values                  []float64
}

func parseRecords(t *testing.T, text string) []excerpt {
	t.Helper()
	var out []excerpt
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		words := strings.Fields(line)
		numbers := make([]float64, len(words))
		for i, w := range words[1:] {
			v, err := strconv.ParseFloat(w, 64)
			if err != nil {
				t.Fatalf("testdata/records.txt: %q: %v", line, err)
			}
			numbers[i+1] = v
		}
		out = append(out, excerpt{words[0], numbers[1], numbers[2], numbers[3], int(numbers[4]), numbers[5:]})
	}
	return out
}
