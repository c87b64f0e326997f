// Package metrics holds the numbers by which solutions are judged: error norms, image quality
// (PSNR, SSIM, MS-SSIM), spectra, and distances between sets of samples or images (Fréchet, KID,
// sliced Wasserstein, precision and recall, log-scattering features). They are pure functions over
// arrays: the harness verifies with them, and no solver imports them.
//
// # Arrays and images
//
// An [Array] is dense, float64, in C order (the last axis fastest). An image is an array [H][W] or
// [H][W][C], row 0 at the top, channels interleaved, in [0, DataRange]. A feature set is an array
// [N][D]: N samples, one a row, of D features.
//
// # Bad input
//
// The norms ([MSE], [RelativeL2], …) give NaN for data that hold NaN, so that a diverged solution
// shows as such; their errors are shape mismatches and references of norm zero. Everything else
// refuses NaN and infinities with an error, since an order or an eigenvalue of them means nothing.
//
// # Metrics by name
//
// [All] lists the metrics that compare a candidate with a reference and need nothing else to be
// known; [Compare] computes one of them on arrays, images, folders of images or feature sets as
// read from files.
package metrics
