package rogue

import (
	"context"
	"errors"

	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
)

// serveDescription serves a plugin without the SDK, which would refuse to: all it does is describe itself, wrongly.
func serveDescription(d *pluginv1.DescribeResponse) {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: 1, MagicCookieKey: "SOLVERBENCH_PLUGIN", MagicCookieValue: "a8c1f0d3-solverbench",
		},
		Plugins:    plugin.PluginSet{"solverbench": describer{description: d}},
		GRPCServer: plugin.DefaultGRPCServer,
	})
}

type describer struct {
	plugin.NetRPCUnsupportedPlugin
	pluginv1.UnimplementedSolverServiceServer
	description *pluginv1.DescribeResponse
}

func (d describer) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	pluginv1.RegisterSolverServiceServer(s, d)
	return nil
}

func (describer) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("rogue: not a client")
}

func (d describer) Describe(context.Context, *pluginv1.DescribeRequest) (*pluginv1.DescribeResponse, error) {
	return d.description, nil
}
