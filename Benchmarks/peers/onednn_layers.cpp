// Time of each convolution of the tutorial's model in oneDNN 2, float32, with the work that ours does in the same pass:
// bias, ReLU (fused into a convolution), the 2×2 max-pooling after it, the upsampling before it. Whole batches, every layout
// oneDNN's own choice. One line of JSON: microseconds an image, forward and backward (both gradients).
//
//     c++ -O2 Benchmarks/peers/onednn_layers.cpp -ldnnl -o onednn_layers && OMP_NUM_THREADS=2 ./onednn_layers
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <unordered_map>
#include <vector>

using namespace dnnl;

namespace {

// Sides of the input image; an upsampled one's after the upsampling. What is not transposed is pooled.
struct Layer {
    const char *name;
    bool transposed, upsampled;
    int input, channels, filters, kernel;
};

const Layer layers[] = {
    {"encoder/conv2d", false, false, 28, 1, 64, 5},
    {"encoder/conv2d_1", false, false, 12, 64, 64, 3},
    {"encoder/conv2d_2", false, false, 5, 64, 32, 3},
    {"decoder/conv2d_transpose", true, false, 1, 64, 64, 3},
    {"decoder/conv2d_transpose_1", true, false, 3, 64, 64, 3},
    {"decoder/conv2d_transpose_2", true, true, 10, 64, 64, 3},
    {"decoder/conv2d_transpose_3", true, true, 24, 64, 1, 5},
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

memory::desc any(const memory::dims &dims) {
    return memory::desc(dims, memory::data_type::f32, memory::format_tag::any);
}

// Adds 2×2 max-pooling behind a convolution's output, both ways.
void add_pooling(const memory::desc &y, double &forward, double &backward) {
    const memory::dims d = y.dims(), two{2, 2}, none{0, 0};
    const auto pooled = any({d[0], d[1], d[2] / 2, d[3] / 2});
    pooling_forward::primitive_desc f(
        {prop_kind::forward_training, algorithm::pooling_max, y, pooled, two, two, none, none}, cpu);
    memory workspace(f.workspace_desc(), cpu);
    forward += run(pooling_forward(f), {{DNNL_ARG_SRC, filled(f.src_desc())},
                                        {DNNL_ARG_DST, filled(f.dst_desc())},
                                        {DNNL_ARG_WORKSPACE, workspace}});
    pooling_backward::primitive_desc b({algorithm::pooling_max, y, f.dst_desc(), two, two, none, none}, cpu, f);
    backward += run(pooling_backward(b), {{DNNL_ARG_DIFF_DST, filled(b.diff_dst_desc())},
                                          {DNNL_ARG_DIFF_SRC, filled(b.diff_src_desc())},
                                          {DNNL_ARG_WORKSPACE, workspace}});
}

// Adds the upsampling that makes an input, both ways.
void add_upsampling(const memory::desc &x, double &forward, double &backward) {
    using tag = memory::format_tag;
    const memory::dims d = x.dims(), half{d[0], d[1], d[2] / 2, d[3] / 2};
    // In the layout that the convolution has chosen, which resampling must be told.
    memory::desc small;
    for (auto layout : {tag::nchw, tag::nhwc, tag::nChw8c, tag::nChw16c})
        if (memory::desc(d, memory::data_type::f32, layout) == x) small = memory::desc(half, memory::data_type::f32, layout);
    const std::vector<float> two{2, 2};
    resampling_forward::primitive_desc f(
        {prop_kind::forward_training, algorithm::resampling_nearest, two, small, x}, cpu);
    forward += run(resampling_forward(f), {{DNNL_ARG_SRC, filled(f.src_desc())}, {DNNL_ARG_DST, filled(f.dst_desc())}});
    resampling_backward::primitive_desc b({algorithm::resampling_nearest, two, f.src_desc(), x}, cpu, f);
    backward += run(resampling_backward(b),
                    {{DNNL_ARG_DIFF_DST, filled(b.diff_dst_desc())}, {DNNL_ARG_DIFF_SRC, filled(b.diff_src_desc())}});
}

// Adds ReLU in place, forward where it is not fused, and back.
void add_relu(const memory::desc &y, bool fused, double &forward, double &backward) {
    eltwise_forward::primitive_desc f({prop_kind::forward_training, algorithm::eltwise_relu, y, 0.f}, cpu);
    memory values = filled(y);
    if (!fused) forward += run(eltwise_forward(f), {{DNNL_ARG_SRC, values}, {DNNL_ARG_DST, values}});
    eltwise_backward::primitive_desc b({algorithm::eltwise_relu, y, y, 0.f}, cpu, f);
    backward += run(eltwise_backward(b), {{DNNL_ARG_SRC, filled(y)},
                                          {DNNL_ARG_DIFF_DST, filled(b.diff_dst_desc())},
                                          {DNNL_ARG_DIFF_SRC, filled(b.diff_src_desc())}});
}

// Convolution and deconvolution have the same shape of API.
template <typename Forward, typename Data, typename Weights>
void measure(const Layer &layer, int batch, algorithm how, double &forward, double &backward) {
    const int output = layer.transposed ? layer.input + layer.kernel - 1 : layer.input - layer.kernel + 1;
    const auto x = any({batch, layer.channels, layer.input, layer.input});
    const auto w = any({layer.filters, layer.channels, layer.kernel, layer.kernel});
    const auto b = any({layer.filters}), y = any({batch, layer.filters, output, output});
    const memory::dims one{1, 1}, none{0, 0};

    typename Forward::desc forward_desc(prop_kind::forward_training, how, x, w, b, y, one, none, none);
    // A transposed convolution with ReLU fused would fall back to a slow form.
    post_ops after;
    if (!layer.transposed) after.append_eltwise(1.f, algorithm::eltwise_relu, 0.f, 0.f);
    primitive_attr attributes;
    attributes.set_post_ops(after);
    typename Forward::primitive_desc f(forward_desc, attributes, cpu);
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
    add_relu(f.dst_desc(), !layer.transposed, forward, backward);
    if (!layer.transposed) add_pooling(f.dst_desc(), forward, backward);
    if (layer.upsampled) add_upsampling(f.src_desc(), forward, backward);
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
