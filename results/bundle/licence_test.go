package bundle

import "testing"

func TestMayPassOn(t *testing.T) {
	for licence, want := range map[string]bool{
		"MIT":                                  true,
		"mit":                                  true, // identifiers are compared without case
		"GPL-3.0-or-later":                     true,
		"GPL-2.0+":                             true,
		"LGPL-2.1-only":                        true,
		"MIT OR LicenseRef-Proprietary":        true,
		"MIT AND LicenseRef-Proprietary":       false,
		"MIT AND LicenseRef-P OR Apache-2.0":   true, // AND binds more
		"MIT AND (LicenseRef-P OR Apache-2.0)": true,
		"(MIT)":                                true,
		"Apache-2.0 WITH LLVM-exception":       true,
		"LicenseRef-P WITH LLVM-exception":     false,
		"":                                     false,
		"CC-BY-NC-4.0":                         false,
		"MIT-only":                             false, // there is no such thing
		"proprietary":                          false,
		"MIT Apache-2.0":                       false,
		"MIT OR":                               false,
		"OR MIT":                               false,
		"(MIT":                                 false,
		"MIT)":                                 false,
		"MIT WITH":                             false,
		"MIT WITH OR Apache-2.0":               false,
		"((((((((((((((((((((((MIT))))))))))))))))))))))": false,
	} {
		if got := mayPassOn(licence); got != want {
			t.Errorf("%q: %v, expected %v", licence, got, want)
		}
	}
}
