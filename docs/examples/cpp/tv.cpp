// Total-variation denoising by Chambolle's dual projection, for images of the restoration family.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "solverbench.h"

namespace {

// Denoiser is one session's: its options and working memory.
struct Denoiser {
    std::int64_t images, height, width, stride; // stride from a pixel to the next: the channels
    double weight;
    std::int64_t steps;
    std::vector<double> px, py, div; // the dual field and its divergence, of one channel

    // operator() denoises one channel of one image; it returns whether it came to the end.
    bool operator()(sb_run *run, const double *y, double *x)
    {
        std::fill(px.begin(), px.end(), 0.0);
        std::fill(py.begin(), py.end(), 0.0);
        for (std::int64_t k = 0; k < steps; k++) {
            if (sb_cancelled(run))
                return false;
            divergence();
            for (std::int64_t i = 0; i < height; i++)
                for (std::int64_t j = 0; j < width; j++) {
                    const std::int64_t at = i * width + j;
                    const double here = div[at] - y[at * stride] / weight;
                    const double gx = j + 1 < width ? div[at + 1] - y[(at + 1) * stride] / weight - here : 0;
                    const double gy = i + 1 < height ? div[at + width] - y[(at + width) * stride] / weight - here : 0;
                    const double tau = 0.25, norm = 1 + tau * std::hypot(gx, gy);
                    px[at] = (px[at] + tau * gx) / norm;
                    py[at] = (py[at] + tau * gy) / norm;
                }
        }
        divergence();
        for (std::int64_t at = 0; at < height * width; at++)
            x[at * stride] = y[at * stride] - weight * div[at];
        return true;
    }

    void divergence()
    {
        for (std::int64_t i = 0; i < height; i++)
            for (std::int64_t j = 0; j < width; j++) {
                const std::int64_t at = i * width + j;
                div[at] = px[at] - (j > 0 ? px[at - 1] : 0) + py[at] - (i > 0 ? py[at - width] : 0);
            }
    }
};

int prepare(sb_run *run)
{
    if (!sb_is(run, "degradation", "denoise"))
        return sb_fail(run, SB_UNSUPPORTED, "expected a denoising problem, not %s", sb_text(run, "degradation"));
    const sb_array *degraded = sb_get_array(run, "degraded");
    if (!degraded || degraded->rank != 4)
        return sb_fail(run, SB_INVALID, "degraded: expected images, as an array with four axes");
    const std::int64_t *shape = degraded->shape; // [images][height][width][channels]
    const std::size_t pixels = static_cast<std::size_t>(shape[1] * shape[2]);
    run->state = new Denoiser{shape[0], shape[1], shape[2], shape[3], sb_option_number(run, "weight") * sb_number(run, "sigma"),
                              sb_option_integer(run, "steps"), std::vector<double>(pixels), std::vector<double>(pixels), std::vector<double>(pixels)};
    return SB_OK;
}

int solve(sb_run *run)
{
    auto &denoise = *static_cast<Denoiser *>(run->state);
    const std::int64_t shape[] = {denoise.images, denoise.height, denoise.width, denoise.stride};
    const double *y = sb_expect(run, "degraded", 4, shape);
    double *x = sb_output(run, "images", 4, shape);
    if (!y || !x)
        return SB_INVALID;
    const std::int64_t images = denoise.images, channels = denoise.stride, size = denoise.height * denoise.width * channels;
    for (std::int64_t n = 0; n < images; n++) {
        for (std::int64_t c = 0; c < channels; c++)
            if (!denoise(run, y + n * size + c, x + n * size + c))
                return SB_CANCELLED;
        sb_progress(run, static_cast<double>(n + 1) / static_cast<double>(images), "image %d", static_cast<int>(n + 1));
    }
    run->iterations = denoise.steps;
    return SB_OK;
}

} // namespace

const sb_plugin *solverbench_describe()
{
    static const sb_option options[] = {
        SB_OPTION_FLOAT("weight", "0.9", "0.01", "10", "weight of the total variation, in units of the noise's standard deviation"),
        SB_OPTION_INT("steps", "60", "1", "", "steps of the projection"),
    };
    static const sb_solver solvers[] = {{
        sizeof(sb_solver), 0, "tv-chambolle", "solverbench.restoration.v1.Task", "Total-variation denoising by dual projection.",
        "Chambolle (2004), J. Math. Imaging Vis. 20, 89", "variational, iterative", options, 2,
    }};
    static const sb_plugin plugin = {SB_ABI, sizeof(sb_plugin), "example-cpp", "0.1.0", "Apache-2.0", "c++", solvers, 1};
    return &plugin;
}

// Exceptions, such as that memory is short, become failures: none may leave these functions.
int solverbench_prepare(sb_run *run)
{
    return sb_guard(run, [&] { return prepare(run); });
}

int solverbench_solve(sb_run *run)
{
    return sb_guard(run, [&] { return solve(run); });
}

void solverbench_close(sb_run *run) { delete static_cast<Denoiser *>(run->state); }
