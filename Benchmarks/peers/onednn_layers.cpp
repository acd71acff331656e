// Time of each convolution of the tutorial's model in oneDNN 2, float32, as a framework would run it: whole batches,
// every layout oneDNN's own choice. One line of JSON: microseconds an image, forward and backward (both gradients).
//
//     c++ -O2 Benchmarks/peers/onednn_layers.cpp -ldnnl -o onednn_layers && OMP_NUM_THREADS=2 ./onednn_layers
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <unordered_map>

using namespace dnnl;

namespace {

// Sides of the input image; a transposed layer's are after the upsampling before it.
struct Layer {
    const char *name;
    bool transposed;
    int input, channels, filters, kernel;
};

const Layer layers[] = {
    {"encoder/conv2d", false, 28, 1, 64, 5},           {"encoder/conv2d_1", false, 12, 64, 64, 3},
    {"encoder/conv2d_2", false, 5, 64, 32, 3},         {"decoder/conv2d_transpose", true, 1, 64, 64, 3},
    {"decoder/conv2d_transpose_1", true, 3, 64, 64, 3}, {"decoder/conv2d_transpose_2", true, 10, 64, 64, 3},
    {"decoder/conv2d_transpose_3", true, 24, 64, 1, 5},
};

const engine cpu(engine::kind::cpu, 0);
stream queue(cpu);
double seconds = 0.3;

// Seconds of one call.
double time_of(const std::function<void()> &body) {
    using clock = std::chrono::steady_clock;
    for (int i = 0; i < 3; i++) body();
    auto start = clock::now();
    double taken = 0;
    int calls = 0;
    do {
        body();
        calls++;
        taken = std::chrono::duration<double>(clock::now() - start).count();
    } while (taken < seconds);
    return taken / calls;
}

memory filled(const memory::desc &desc) {
    memory m(desc, cpu);
    float *values = static_cast<float *>(m.get_data_handle());
    for (size_t i = 0; i < desc.get_size() / sizeof(float); i++) values[i] = static_cast<float>(i % 13) * 0.01f - 0.06f;
    return m;
}

double run(const primitive &p, const std::unordered_map<int, memory> &arguments) {
    return time_of([&] {
        p.execute(queue, arguments);
        queue.wait();
    });
}

// Convolution and deconvolution have the same shape of API.
template <typename Forward, typename Data, typename Weights>
void measure(const Layer &layer, int batch, algorithm how, double &forward, double &backward) {
    const int output = layer.transposed ? layer.input + layer.kernel - 1 : layer.input - layer.kernel + 1;
    auto any = [](memory::dims dims) { return memory::desc(dims, memory::data_type::f32, memory::format_tag::any); };
    const auto x = any({batch, layer.channels, layer.input, layer.input});
    const auto w = any({layer.filters, layer.channels, layer.kernel, layer.kernel});
    const auto b = any({layer.filters}), y = any({batch, layer.filters, output, output});
    const memory::dims one{1, 1}, none{0, 0};

    typename Forward::desc forward_desc(prop_kind::forward_training, how, x, w, b, y, one, none, none);
    typename Forward::primitive_desc f(forward_desc, cpu);
    forward = run(Forward(f), {{DNNL_ARG_SRC, filled(f.src_desc())},
                               {DNNL_ARG_WEIGHTS, filled(f.weights_desc())},
                               {DNNL_ARG_BIAS, filled(f.bias_desc())},
                               {DNNL_ARG_DST, filled(f.dst_desc())}});

    typename Weights::desc weights_desc(how, x, w, b, y, one, none, none);
    typename Weights::primitive_desc g(weights_desc, cpu, f);
    backward = run(Weights(g), {{DNNL_ARG_SRC, filled(g.src_desc())},
                                {DNNL_ARG_DIFF_DST, filled(g.diff_dst_desc())},
                                {DNNL_ARG_DIFF_WEIGHTS, filled(g.diff_weights_desc())},
                                {DNNL_ARG_DIFF_BIAS, filled(g.diff_bias_desc())}});
    if (layer.channels == 1) return;  // nobody needs the gradient of the images
    typename Data::desc data_desc(how, x, w, y, one, none, none);
    typename Data::primitive_desc d(data_desc, cpu, f);
    backward += run(Data(d), {{DNNL_ARG_DIFF_SRC, filled(d.diff_src_desc())},
                              {DNNL_ARG_WEIGHTS, filled(d.weights_desc())},
                              {DNNL_ARG_DIFF_DST, filled(d.diff_dst_desc())}});
}

}  // namespace

int main(int count, char **arguments) {
    const int batch = count > 1 ? std::atoi(arguments[1]) : 64;
    if (count > 2) seconds = std::atof(arguments[2]);
    const dnnl_version_t *v = dnnl_version();
    std::printf("{\"onednn\": \"%d.%d.%d\", \"batch_size\": %d", v->major, v->minor, v->patch, batch);
    for (const Layer &layer : layers) {
        double forward = 0, backward = 0;
        if (layer.transposed) {
            measure<deconvolution_forward, deconvolution_backward_data, deconvolution_backward_weights>(
                layer, batch, algorithm::deconvolution_direct, forward, backward);
        } else {
            measure<convolution_forward, convolution_backward_data, convolution_backward_weights>(
                layer, batch, algorithm::convolution_direct, forward, backward);
        }
        std::printf(", \"%s forward\": %.3f, \"%s backward\": %.3f", layer.name, forward / batch * 1e6, layer.name,
                    backward / batch * 1e6);
    }
    std::printf("}\n");
}
