//go:build !linux

package rogue

import "errors"

func trace(int) error { return errors.ErrUnsupported }

func mountCgroups(string) error { return errors.ErrUnsupported }
