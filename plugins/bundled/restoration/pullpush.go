package restoration

// pullPush fills the pixels of x where known is 0 from averages of the known ones at the finest scale
// that has any nearby (Gortler et al. 1996, section 3.4): a smooth first guess.
func pullPush(x []float64, known []uint8, h, w int) {
	weight := make([]float64, len(x))
	missing := false
	for i, k := range known {
		if k != 0 {
			weight[i] = 1
		} else {
			x[i] = 0
			missing = true
		}
	}
	if missing {
		pullPushWeighted(x, weight, h, w)
	}
}

// pullPushWeighted blends x, where its weight is below 1, with the mean of 2×2 blocks.
func pullPushWeighted(x, weight []float64, h, w int) {
	if h == 1 && w == 1 {
		return
	}
	halfH, halfW := (h+1)/2, (w+1)/2
	coarse, trust := make([]float64, halfH*halfW), make([]float64, halfH*halfW)
	for i := range h {
		for j := range w {
			at := i/2*halfW + j/2
			coarse[at] += weight[i*w+j] * x[i*w+j]
			trust[at] += weight[i*w+j]
		}
	}
	for i, v := range trust {
		if v > 0 {
			coarse[i] /= v
			trust[i] = min(v, 1)
		}
	}
	pullPushWeighted(coarse, trust, halfH, halfW)
	smooth := make([]float64, h*w)
	newScaling(halfH, halfW, h, w).apply(smooth, coarse)
	for i, v := range smooth {
		x[i] = weight[i]*x[i] + (1-weight[i])*v
	}
}
