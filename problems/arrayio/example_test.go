package arrayio_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/solverbench/solverbench/metrics"
	"github.com/solverbench/solverbench/problems/arrayio"
)

func ExampleRead() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "u.npy")
	if err := arrayio.WriteNPY(path, metrics.Array{Shape: []int{1, 3}, Values: []float64{1, 2, 3}}); err != nil {
		log.Fatal(err)
	}
	u, err := arrayio.Read(path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(u.Shape, u.Values)
	// Output: [1 3] [1 2 3]
}

func ExampleReadMatrix() {
	m, err := arrayio.ReadMatrix(filepath.Join("testdata", "symmetric.mtx.gz"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.RowPointers, m.Columns, m.Values)
	// Output: [0 2 4 5] [0 1 0 1 2] [4 -1 -1 4 2.5]
}
