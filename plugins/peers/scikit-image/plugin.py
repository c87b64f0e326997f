"""Offers scikit-image's methods of restoration: denoising.py has those against noise, recovery.py the others."""

import solverbench as sb

import denoising
import recovery

if __name__ == "__main__":
    sb.serve(name="scikit-image", version="0.1.0", license="Apache-2.0", solvers=denoising.SOLVERS + recovery.SOLVERS)
