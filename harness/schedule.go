package harness

import "math/rand/v2"

// Scheduled is a job with its place in the order in which an experiment's runs are made.
type Scheduled struct {
	Job
	Ordinal int
}

// Schedule orders jobs for running: in blocks of one instance, so that each is made once, and within a block in a random
// order fixed by the seed, so that a drift of the machine does not always hit the same solver.
func Schedule(jobs []Job, seed uint64) [][]Job {
	rng := rand.New(rand.NewPCG(seed, 0x736f6c766572))
	var blocks [][]Job
	at := map[string]int{}
	for _, j := range jobs {
		key := j.Instance.String()
		i, ok := at[key]
		if !ok {
			i = len(blocks)
			at[key] = i
			blocks = append(blocks, nil)
		}
		blocks[i] = append(blocks[i], j)
	}
	for _, b := range blocks {
		rng.Shuffle(len(b), func(i, k int) { b[i], b[k] = b[k], b[i] })
	}
	return blocks
}
