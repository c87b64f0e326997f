// Package commonv1 holds the messages every family shares, chiefly [Array], and the
// few functions that turn Go slices into arrays and back without copying.
//
// In memory an array's elements are always in its inline bytes, which may be a view of
// a shared segment; packages plugins and plugins/host replace them by an offset
// when a message is sent and by a view when it arrives. Code that makes or reads tasks
// and solutions therefore never sees where an array lives.
package commonv1
