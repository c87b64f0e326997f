// Package skeleton writes new plugins: folders with a small solver of a family in a language, which builds, passes the conformance kit, and
// is there to be changed. What the files say is in templates, a folder a language; what is said of a family's method, once for all
// languages, is in families.go.
package skeleton
