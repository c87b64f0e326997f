package doctor_test

import (
	"context"
	"fmt"

	"github.com/solverbench/solverbench/harness/doctor"
)

// What is printed depends on the machine.
func ExampleExamine() {
	err := doctor.Examine(context.Background(), doctor.Config{
		Version: "1.0", Bundled: []string{"/usr/bin/solverbench", "serve-bundled"}, Null: []string{"/usr/bin/solverbench", "serve-null"}, Dir: ".",
		Found:   func(f doctor.Finding) { fmt.Println(f.Check, f.State, f.Detail) },
		Working: func(string) {},
	})
	if err != nil {
		fmt.Println(err)
	}
}
