package main

import "github.com/spf13/cobra"

func newPlugin() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plugin",
		Short: "Install, look after and check plugins",
	}
	cmd.AddCommand(newPluginInstall(), newPluginList(), newPluginInfo(), newPluginUpdate(), newPluginRemove(), newPluginCheck(), newPluginNew(), newPluginSDK())
	return cmd
}
