package host

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"

	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
)

// grease keeps the contract able to grow: it puts into what plugins get what none of them knows, so that one which does not ignore
// it is found out on the day it is written, not on the day the harness has something new to say. Equal seeds, equal grease.
type grease struct {
	mu   sync.Mutex
	dice *rand.Rand
}

// Numbers of fields that no message will ever have: they are for grease.
const (
	firstGrease = 1000
	lastGrease  = 1999
)

// greaseEnv is a variable that means nothing.
const greaseEnv = "SOLVERBENCH_GREASE"

func newGrease(seed uint64) *grease {
	g := &grease{}
	g.reseed(seed)
	return g
}

// reseed makes what follows depend on the seed alone.
func (g *grease) reseed(seed uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.dice = rand.New(rand.NewPCG(seed, 0x677265617365))
}

// word is a word that means nothing.
func (g *grease) word() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return fmt.Sprintf("%08x", g.dice.Uint32())
}

// field is an unknown field on the wire, of at most 23 bytes.
func (g *grease) field() []byte {
	g.mu.Lock()
	defer g.mu.Unlock()
	number := protowire.Number(firstGrease + g.dice.IntN(lastGrease-firstGrease+1))
	switch g.dice.IntN(4) {
	case 0:
		return protowire.AppendVarint(protowire.AppendTag(nil, number, protowire.VarintType), g.dice.Uint64())
	case 1:
		return protowire.AppendFixed32(protowire.AppendTag(nil, number, protowire.Fixed32Type), g.dice.Uint32())
	case 2:
		return protowire.AppendFixed64(protowire.AppendTag(nil, number, protowire.Fixed64Type), g.dice.Uint64())
	}
	b := make([]byte, g.dice.IntN(20))
	for i := range b {
		b[i] = byte(g.dice.Uint32())
	}
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), b)
}

// greased adds an unknown field to a message of ours and to each below it.
func greased[M proto.Message](g *grease, m M) M {
	g.spread(m.ProtoReflect())
	return m
}

func (g *grease) spread(m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		switch {
		case f.Kind() != protoreflect.MessageKind || f.IsMap() || !m.Has(f):
		case f.IsList():
			for k := range m.Get(f).List().Len() {
				g.spread(m.Get(f).List().Get(k).Message())
			}
		default:
			g.spread(m.Get(f).Message())
		}
	}
	if packed, ok := m.Interface().(*anypb.Any); ok && len(packed.Value) < largeTask {
		if inner, err := packed.UnmarshalNew(); err == nil {
			if value, err := proto.Marshal(greased(g, inner)); err == nil {
				packed.Value = value
			}
		}
	}
	m.SetUnknown(g.field())
}

// largeTask is from how many bytes on a task is sent as it is, with its arrays inline.
const largeTask = 1 << 20

// unknownCall calls what the plugin cannot have, and sees to it that it says so: a call that is added to the contract one day is
// found to be missing by that answer.
func (c *Client) unknownCall(ctx context.Context) error {
	name := "Grease" + c.grease.word()
	method := "/" + pluginv1.SolverService_ServiceDesc.ServiceName + "/" + name
	err := c.conn.Invoke(ctx, method, greased(c.grease, &pluginv1.DescribeRequest{}), &pluginv1.DescribeResponse{})
	switch {
	case err == nil:
		return protocolError("%s, a call that is not in the contract, was answered; expected the gRPC status UNIMPLEMENTED", name)
	case status.Code(err) != codes.Unimplemented:
		return c.callError(ctx, name+", a call that is not in the contract; expected the gRPC status UNIMPLEMENTED", err)
	}
	return nil
}

// withoutUnknown is a message of a plugin's without what only a newer harness knows.
func withoutUnknown(m proto.Message) error {
	b, err := proto.Marshal(m)
	if err != nil {
		return err
	}
	proto.Reset(m)
	return unmarshal(b, m)
}

// unmarshal decodes what of a plugin's message we know.
func unmarshal(b []byte, m proto.Message) error {
	return proto.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(b, m)
}
