package plugins

import (
	"context"
	"errors"
	"fmt"
	"math"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/solverbench/solverbench/plugins/internal/wire"
	commonv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/common/v1"
	pluginv1 "github.com/solverbench/solverbench/plugins/proto/solverbench/plugin/v1"
	"github.com/solverbench/solverbench/plugins/shm"
)

// Oracle is a function that the harness computes and counts. It is for one goroutine at a time.
type Oracle struct {
	client   *oracleClient
	local    OracleFunc // instead of client, in a test run
	spec     *commonv1.Oracle
	rowIn    int // elements of one entry of the batch
	rowOut   int
	inShape  []int
	inBytes  []byte // in the segment, nil when arrays go inline
	outBytes []byte
	outAt    uint64
}

// Evaluate computes the oracle at x and the scalars, into dst. Both are batches in C order with as
// many entries as x holds, at most the oracle's declared shape.
func (o *Oracle) Evaluate(ctx context.Context, dst, x []float64, scalars ...float64) error {
	batch := len(x) / o.rowIn
	if batch*o.rowIn != len(x) || batch*o.rowOut != len(dst) {
		return fmt.Errorf("oracle %s: input of %d and output of %d elements, expected multiples of %d and %d for one batch",
			o.spec.Name, len(x), len(dst), o.rowIn, o.rowOut)
	}
	if o.local != nil {
		return o.local(dst, x, scalars)
	}
	shape := append([]int{batch}, o.inShape[1:]...)
	req := &pluginv1.EvaluateRequest{Session: o.client.session, Oracle: o.spec.Name, Scalars: scalars, Input: commonv1.Float64(x, shape...)}
	if 8*len(x) <= len(o.inBytes) && 8*len(dst) <= len(o.outBytes) {
		b := req.Input.GetInline()
		copy(o.inBytes, b)
		offset, _ := o.client.segment.Offset(o.inBytes)
		req.Input.Place = &commonv1.Array_Offset{Offset: offset}
		req.OutputOffset = o.outAt
	}
	resp, err := o.client.rpc.Evaluate(ctx, req)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return errors.New(status.Convert(err).Message()) // the harness names the oracle
	}
	if resp.Output == nil {
		return fmt.Errorf("oracle %s: empty answer", o.spec.Name)
	}
	err = wire.Attach(resp, func(offset uint64, n int) ([]byte, error) {
		return o.client.segment.Bytes(offset, n, int(o.client.layout.OracleBegin), int(o.client.layout.OracleEnd))
	})
	if err != nil {
		return fmt.Errorf("oracle %s: %w", o.spec.Name, err)
	}
	out, err := resp.Output.Float64s()
	if err != nil || len(out) != len(dst) {
		return fmt.Errorf("oracle %s: answer of %d elements, expected %d: %v", o.spec.Name, len(out), len(dst), err)
	}
	copy(dst, out)
	return nil
}

// Spec returns what the task says of the oracle.
func (o *Oracle) Spec() *commonv1.Oracle { return o.spec }

type oracleClient struct {
	session string
	conn    *grpc.ClientConn
	rpc     pluginv1.OracleServiceClient
	segment *shm.Segment
	layout  *pluginv1.Segment
}

func dialOracles(session, socket string, segment *shm.Segment, layout *pluginv1.Segment) (*oracleClient, error) {
	conn, err := grpc.NewClient("unix:"+socket,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32), grpc.MaxCallSendMsgSize(math.MaxInt32)))
	if err != nil {
		return nil, fmt.Errorf("connecting to the harness's oracles: %w", err)
	}
	return &oracleClient{session: session, conn: conn, rpc: pluginv1.NewOracleServiceClient(conn), segment: segment, layout: layout}, nil
}

// newOracle checks what the task says of an oracle.
func newOracle(spec *commonv1.Oracle) (*Oracle, error) {
	o := &Oracle{spec: spec, rowIn: 1, rowOut: 1}
	for i, s := range spec.GetInputShape() {
		o.inShape = append(o.inShape, int(s))
		if i > 0 {
			o.rowIn *= int(s)
		}
	}
	for i, s := range spec.GetOutputShape() {
		if i > 0 {
			o.rowOut *= int(s)
		}
	}
	if len(o.inShape) == 0 || len(spec.GetOutputShape()) == 0 || o.rowIn == 0 {
		return nil, fmt.Errorf("oracle %q: shapes %v → %v, expected a leading batch axis on both", spec.GetName(), spec.GetInputShape(), spec.GetOutputShape())
	}
	return o, nil
}

func (c *oracleClient) oracle(spec *commonv1.Oracle) (*Oracle, error) {
	o, err := newOracle(spec)
	if err != nil {
		return nil, err
	}
	o.client = c
	if c.segment == nil {
		return o, nil
	}
	in := wire.AlignUp(8 * o.inShape[0] * o.rowIn)
	out := wire.AlignUp(8 * int(spec.OutputShape[0]) * o.rowOut)
	lo, hi := int(c.layout.OracleBegin), int(c.layout.OracleEnd)
	inBytes, err := c.segment.Bytes(uint64(lo), in, lo, hi)
	if err != nil {
		return o, nil // too small an area: inline still works
	}
	outBytes, err := c.segment.Bytes(uint64(lo+in), out, lo, hi)
	if err != nil {
		return o, nil
	}
	o.inBytes, o.outBytes, o.outAt = inBytes, outBytes, uint64(lo+in)
	return o, nil
}

func (c *oracleClient) close() error {
	if c == nil {
		return nil
	}
	return c.conn.Close()
}
