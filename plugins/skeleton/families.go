package skeleton

// family is what the skeletons of one are about, in every language.
type family struct {
	Name   string
	Schema string
	// Module is that of the Python SDK.
	Module string
	// Problem is one that the solver solves, as a selection has it.
	Problem string
	// Method is how the solver goes about it, Doc what people are told of it, a sentence, and Citation where it comes from.
	Method, Doc, Citation string
	Tags                  []string
	// Does and Leaves are for the README: what the solver takes, and what it refuses.
	Does, Leaves string
}

var families = []family{
	{
		Name: "poisson", Schema: "solverbench.poisson.v1.Task", Module: "poisson", Problem: "poisson/unit-2d[n=63]",
		Method: "conjugate gradients", Doc: "Conjugate gradients for the 5-point Laplacian with zero Dirichlet data.",
		Citation: "Hestenes & Stiefel (1952), J. Res. Nat. Bur. Stand. 49, 409", Tags: []string{"iterative", "krylov"},
		Does: "the discrete equation on a rectangle, u = 0 on its sides", Leaves: "other boundaries, coefficients that vary, other dimensions",
	},
	{
		Name: "ks", Schema: "solverbench.semilinear.v1.Task", Module: "semilinear", Problem: "ks/l22[T=10]",
		Method:   "a Fourier method with Lawson's Runge–Kutta steps",
		Doc:      "Fourier pseudo-spectral in space, fourth-order Runge–Kutta with an integrating factor in time, steps halved until nothing changes.",
		Citation: "Lawson (1967), SIAM J. Numer. Anal. 4, 372", Tags: []string{"spectral", "explicit"},
		Does: "equations of the family on a number of points that is a power of two", Leaves: "other numbers of points",
	},
	{
		Name: "nse", Schema: "solverbench.nse.v1.Task", Module: "nse", Problem: "nse/taylor-green[T=0.5]",
		Method:   "a Fourier method with Lawson's Runge–Kutta steps",
		Doc:      "Fourier pseudo-spectral in space, fourth-order Runge–Kutta with an integrating factor in time, steps halved until nothing changes.",
		Citation: "Lawson (1967), SIAM J. Numer. Anal. 4, 372; Orszag (1971), J. Atmos. Sci. 28, 1074", Tags: []string{"spectral", "explicit"},
		Does: "flows on a number of points a side that is a power of two", Leaves: "other numbers of points",
	},
	{
		Name: "restoration", Schema: "solverbench.restoration.v1.Task", Module: "restoration", Problem: "restoration/denoise[size=64]",
		Method: "the bilateral filter", Doc: "The bilateral filter: a mean of the pixels about, of which those count most that are near and alike.",
		Citation: "Tomasi & Manduchi (1998), ICCV, 839", Tags: []string{"filter"},
		Does: "images with Gaussian noise of a known standard deviation", Leaves: "blur, holes and all other degradations",
	},
	{
		Name: "sampling", Schema: "solverbench.sampling.v1.Task", Module: "sampling", Problem: "sampling/mixture-ring[batch=1024,tol=0.1]",
		Method: "DDIM", Doc: "DDIM: the noise is taken as constant over a step, and the steps are uniform in ln(α/σ).",
		Citation: "Song, Meng & Ermon (2021), ICLR, eq. 12 with η = 0", Tags: []string{"deterministic", "first-order"},
		Does: "tasks with the linear variance-preserving schedule", Leaves: "other schedules",
	},
}
