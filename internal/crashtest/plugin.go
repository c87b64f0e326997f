//go:build linux

package main

import (
	"context"
	"os"
	"os/exec"
	"syscall"
	"time"

	"github.com/solverbench/solverbench/plugins"
	poissonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/poisson/v1"
)

// pluginName is the name of the plugin and its solver; this program under that name is the plugin.
const pluginName = "litter"

// childArgument makes the plugin's executable a process that stays for longer than we wait for it to be ended.
const childArgument = "stay"

// servePlugin serves the plugin, or is a process that it has left behind.
func servePlugin() {
	if len(os.Args) > 1 && os.Args[1] == childArgument {
		time.Sleep(2 * time.Minute)
		return
	}
	plugins.Serve(plugins.Plugin{Name: pluginName, Version: "1", License: "Apache-2.0", Solvers: []plugins.Offer{
		plugins.New(pluginName, &litter{Do: "nothing"}, plugins.About{Doc: "answers zero and leaves processes behind"}),
	}})
}

type litter struct {
	Do string `opt:"do" doc:"start nothing, a child, a daemon, or hang"`
}

// Solve answers zero: runs are inaccurate, and over at once.
func (s *litter) Solve(_ context.Context, run *plugins.Run, task *poissonv1.Task) (*poissonv1.Solution, error) {
	out, _ := run.Output(task.Rhs.Dims()...)
	stay := exec.Command(os.Args[0], childArgument)
	switch s.Do {
	case "child":
		if err := stay.Start(); err != nil {
			return nil, err
		}
	case "daemon": // in a session of its own
		stay.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := stay.Start(); err != nil {
			return nil, err
		}
	case "hang":
		for {
			time.Sleep(time.Hour)
		}
	}
	return &poissonv1.Solution{U: out}, nil
}
