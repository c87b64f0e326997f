// Package restoration solves tasks of the family restoration: given y = D(x) + noise, an estimate
// of the images x. Each file holds one method and its source; each solver says which degradations
// D it restores and refuses the others.
//
// Parameters left at 0 are chosen from the task alone: the noise level, the kernel, the mask, the
// quantisation steps and y. Answers are clipped to the nominal range [0, 1].
//
// Inside, an image is one plane for each channel, h×w values in C order.
package restoration
