package reference

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Cached returns the trajectory of the given key from the user's cache, or computes and stores it. The
// key is any value whose JSON form, with the family, determines the result; it must hold everything that does.
//
// Files lie in [os.UserCacheDir]/solverbench/FAMILY, named by the hash of the key. They appear whole or
// not at all; a damaged one is computed again. Without a cache that can be written every call computes.
func Cached(ctx context.Context, family string, key any, compute func(ctx context.Context) (*Trajectory, error)) (*Trajectory, error) {
	text, err := json.Marshal(key)
	if err != nil {
		return nil, fmt.Errorf("key of a reference solution: %w", err)
	}
	sum := sha256.Sum256([]byte(family + "\n" + string(text)))
	file := ""
	if base, err := os.UserCacheDir(); err == nil {
		file = filepath.Join(base, "solverbench", family, hex.EncodeToString(sum[:16])+".truth")
		if b, err := os.ReadFile(file); err == nil {
			if t, err := Decode(b); err == nil {
				return t, nil
			}
		}
	}
	t, err := compute(ctx)
	if err != nil {
		return nil, err
	}
	b, err := t.Encode()
	if err != nil {
		return nil, err
	}
	if file != "" {
		// What could not be stored is still right, and is computed again next time.
		_ = writeWhole(file, b)
	}
	return t, nil
}

// writeWhole replaces file by one with content b in one step.
func writeWhole(file string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".tmp-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(b)
	if closing := tmp.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}
