package io.github.resnetserving.checkpoint.onnx;

import io.github.resnetserving.checkpoint.foreign.ForeignNode.Array;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Operation;
import io.github.resnetserving.checkpoint.foreign.ForeignNode.Window;
import io.github.resnetserving.checkpoint.wire.Onnx.AttributeProto;
import io.github.resnetserving.checkpoint.wire.Onnx.NodeProto;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The settings of a node. */
final class OnnxAttributes {

  private final Map<String, AttributeProto> attributes = new HashMap<>();

  OnnxAttributes(NodeProto node) {
    node.getAttributeList().forEach(attribute -> attributes.put(attribute.getName(), attribute));
  }

  float number(String name, float usual) {
    AttributeProto attribute = attributes.get(name);
    return attribute == null ? usual : attribute.getF();
  }

  long whole(String name, long usual) {
    AttributeProto attribute = attributes.get(name);
    return attribute == null ? usual : attribute.getI();
  }

  List<Long> numbers(String name) {
    AttributeProto attribute = attributes.get(name);
    return attribute == null ? List.of() : attribute.getIntsList();
  }

  private String text(String name) {
    AttributeProto attribute = attributes.get(name);
    return attribute == null ? "" : attribute.getS().toStringUtf8();
  }

  Operation convolution(Array weight, @Nullable Array bias) {
    List<Integer> shape = weight.shape();
    if (shape.size() != 4 || !shape.get(2).equals(shape.get(3))) {
      return new Operation.Unknown("the kernel is not square");
    }
    Window window = window(shape.get(2));
    return window == null ? Operation.Unknown.WINDOW : new Operation.Convolve(weight, bias, window);
  }

  Operation maxPool() {
    Window window = pool();
    return window == null ? Operation.Unknown.WINDOW : new Operation.MaxPool(window);
  }

  /** Windows that count their padding differ from ours, unless they have none. */
  Operation averagePool() {
    Window window = pool();
    boolean padded =
        window != null
            && (window.before() > 0 || window.after() > 0)
            && whole("count_include_pad", 0) != 0;
    return window == null || padded ? Operation.Unknown.WINDOW : new Operation.AveragePool(window);
  }

  private @Nullable Window pool() {
    List<Long> kernel = numbers("kernel_shape");
    boolean square =
        kernel.size() == 2
            && kernel.getFirst().equals(kernel.getLast())
            && kernel.getFirst() > 0
            && kernel.getFirst() < 1024;
    return square ? window(kernel.getFirst().intValue()) : null;
  }

  /** The window of a kernel; null where its sides or edges differ. */
  private @Nullable Window window(int kernel) {
    List<Long> strides = numbers("strides");
    List<Long> pads = numbers("pads");
    String automatic = text("auto_pad");
    boolean explicit =
        automatic.isEmpty() || automatic.equals("NOTSET") || automatic.equals("VALID");
    boolean dilated = numbers("dilations").stream().anyMatch(dilation -> dilation != 1);
    boolean square =
        strides.stream().distinct().count() <= 1
            && strides.stream().allMatch(stride -> stride > 0 && stride < 64)
            && pads.stream().allMatch(pad -> pad >= 0 && pad < 64);
    boolean even =
        pads.isEmpty()
            || (pads.size() == 4
                && pads.get(0).equals(pads.get(1))
                && pads.get(2).equals(pads.get(3)));
    if (!explicit || dilated || !square || !even) {
      return null;
    }
    return new Window(
        kernel,
        strides.isEmpty() ? 1 : strides.getFirst().intValue(),
        pads.isEmpty() ? 0 : pads.getFirst().intValue(),
        pads.isEmpty() ? 0 : pads.getLast().intValue(),
        whole("ceil_mode", 0) != 0);
  }
}
