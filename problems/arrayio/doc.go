// Package arrayio reads and writes the files that arrays come in: NumPy's .npy, images in PNG, JPEG
// and TIFF, and matrices and vectors in the Matrix Market exchange format, plain or compressed by gzip.
//
// Everything becomes float64 in C order. Images become [H][W][C] in [0, 1] with one channel for grey and three for
// colours. Matrices become compressed sparse rows.
//
// Files are taken for hostile: nothing is reserved for what a header claims before the file is known to be
// able to hold it, and every error names the file, the line or field, the value found there and what was expected.
package arrayio
