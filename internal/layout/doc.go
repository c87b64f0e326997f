// Package layout holds the test that keeps imports going one way.
package layout
