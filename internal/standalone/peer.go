package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/solverbench/solverbench/plugins/install"
)

// peerCommand launches the peer's program: standalone, or standalone.py in the environment of the plugin.
func (c comparison) peerCommand() ([]string, error) {
	program := filepath.Join(c.peer, "standalone")
	if _, err := os.Stat(program); err == nil {
		return []string{program}, nil
	}
	script := program + ".py"
	if _, err := os.Stat(script); err != nil {
		return nil, fmt.Errorf("neither %s nor %s is there: has it been built?", program, script)
	}
	plugin, err := c.plugin()
	if err != nil {
		return nil, err
	}
	return []string{filepath.Join(plugin, ".venv", "bin", "python3"), script}, nil
}

// plugin is the folder to launch the plugin from: that of the peer if it has been built there, else where it is installed.
func (c comparison) plugin() (string, error) {
	installed, err := install.DefaultDir()
	if err != nil {
		return "", err
	}
	name := filepath.Base(c.peer)
	for _, dir := range []string{c.peer, filepath.Join(installed, name)} {
		for _, built := range []string{name + ".so", ".venv"} {
			if _, err := os.Stat(filepath.Join(dir, built)); err == nil {
				return dir, nil
			}
		}
	}
	return "", fmt.Errorf("%s: neither built there nor installed (make peers PEERS=%s)", c.peer, name)
}

// build makes the stand-alone program of a peer in C, and says whether all is there.
func (c comparison) build() error {
	if _, err := os.Stat(filepath.Join(c.peer, "Makefile")); err == nil {
		if out, err := exec.Command("make", "-s", "-C", c.peer, "all").CombinedOutput(); err != nil {
			return fmt.Errorf("make -C %s: %w: %s", c.peer, err, out)
		}
	}
	if _, err := c.plugin(); err != nil {
		return err
	}
	_, err := c.peerCommand()
	return err
}
