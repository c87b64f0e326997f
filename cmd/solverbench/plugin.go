package main

import "github.com/spf13/cobra"

func newPlugin() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plugin",
		Short: "Check plugins",
	}
	cmd.AddCommand(newPluginCheck())
	return cmd
}
