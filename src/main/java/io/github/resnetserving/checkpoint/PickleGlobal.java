package io.github.resnetserving.checkpoint;

import io.github.resnetserving.tensor.DType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The allow-list: every Python name that a file may mention. Each is a description here and nothing
 * else; no class is looked up, no code runs.
 *
 * @param kind what mentioning or calling it means
 * @param dtype the element type of a storage class, else null
 */
record PickleGlobal(Kind kind, @Nullable DType dtype) {

  enum Kind {
    /** Builds a tensor from a storage, an offset, sizes and strides. */
    TENSOR,
    /** Marks a tensor as trainable: the tensor itself. */
    PARAMETER,
    /** Names the element type of a storage. */
    STORAGE,
    /** An ordinary dictionary that remembers its order. */
    DICT,
    /** A tuple of sizes: the tuple itself. */
    SIZE,
    /** A dictionary of some library's; it begins empty, and its arguments are dropped. */
    MAPPING,
    /** Wraps a tensor in a subclass: the tensor itself. */
    WRAPPED,
    /** Plain data of no interest; its arguments are dropped. */
    PLAIN,
    /** A class of TorchScript: an object without code, whose attributes are tensors and objects. */
    MODULE
  }

  /** Element types, layouts and memory formats of torch, which hyper-parameters may name. */
  private static final String INERT_OF_TORCH =
      """
      bool uint8 uint16 uint32 uint64 int8 int16 short int32 int int64 long float16 half
      bfloat16 float32 float float64 double complex32 chalf complex64 cfloat complex128
      cdouble quint8 qint8 qint32 quint4x2 quint2x4 float8_e4m3fn float8_e4m3fnuz float8_e5m2
      float8_e5m2fnuz float8_e8m0fnu float4_e2m1fn_x2 strided sparse_coo sparse_csr sparse_csc
      sparse_bsr sparse_bsc _mkldnn jagged contiguous_format channels_last channels_last_3d
      preserve_format
      """;

  /** What TorchScript calls a list whose elements' type it keeps. */
  private static final String LISTS_OF_TORCHSCRIPT =
      """
      torch.jit._pickle.build_intlist torch.jit._pickle.build_doublelist
      torch.jit._pickle.build_boollist torch.jit._pickle.build_tensorlist
      torch.jit._pickle.restore_type_tag
      """;

  private static final PickleGlobal SCRIPTED = new PickleGlobal(Kind.MODULE, null);
  private static final Map<String, PickleGlobal> ALLOWED = new HashMap<>();

  static {
    allow(Kind.TENSOR, "torch._utils._rebuild_tensor_v2 torch._utils._rebuild_tensor");
    allow(Kind.PARAMETER, "torch._utils._rebuild_parameter");
    allow(Kind.DICT, "collections.OrderedDict");
    allow(
        Kind.MAPPING,
        """
        collections.defaultdict builtins.dict __builtin__.dict
        pytorch_lightning.utilities.parsing.AttributeDict
        lightning.pytorch.utilities.parsing.AttributeDict
        lightning_fabric.utilities.data.AttributeDict
        lightning.fabric.utilities.data.AttributeDict easydict.EasyDict addict.addict.Dict
        munch.Munch mmcv.utils.config.ConfigDict mmengine.config.config.ConfigDict
        yacs.config.CfgNode ml_collections.config_dict.config_dict.ConfigDict
        """);
    allow(Kind.WRAPPED, "torch._tensor._rebuild_from_type_v2");
    allow(Kind.PARAMETER, "torch._utils._rebuild_parameter_with_state");
    allow(Kind.SIZE, "torch.Size");
    // Learning rates, milestones, arguments and random states that lie beside the weights.
    allow(
        Kind.PLAIN,
        """
        argparse.Namespace collections.Counter types.SimpleNamespace torch.device
        torch.finfo torch.dtype torch.layout torch.memory_format
        torch.serialization._get_layout torch.torch_version.TorchVersion
        torch.nn.parameter.Parameter torch.Tensor datetime.date datetime.datetime
        datetime.time datetime.timedelta datetime.timezone decimal.Decimal
        fractions.Fraction uuid.UUID pathlib.Path pathlib.PosixPath pathlib.WindowsPath
        pathlib.PurePath pathlib.PurePosixPath pathlib.PureWindowsPath pathlib._local.Path
        pathlib._local.PosixPath pathlib._local.WindowsPath collections.deque
        copyreg._reconstructor copy_reg._reconstructor builtins.object __builtin__.object
        builtins.bool builtins.int builtins.float builtins.str builtins.bytes builtins.list
        builtins.tuple builtins.range builtins.slice builtins.complex builtins.frozenset
        builtins.bytearray __builtin__.bool __builtin__.int __builtin__.float
        __builtin__.list __builtin__.frozenset __builtin__.complex __builtin__.bytearray
        builtins.set __builtin__.set _codecs.encode numpy.dtype numpy.ndarray
        numpy.core.multiarray.scalar numpy._core.multiarray.scalar
        numpy.core.multiarray._reconstruct numpy._core.multiarray._reconstruct
        numpy._core.numeric._frombuffer numpy.core.numeric._frombuffer
        numpy.random._pickle.__randomstate_ctor numpy.random._pickle.__generator_ctor
        numpy.random._pickle.__bit_generator_ctor numpy.random._mt19937.MT19937
        numpy.random._pcg64.PCG64
        """);
    allow(Kind.PLAIN, LISTS_OF_TORCHSCRIPT);
    for (String type : names("bool_ int8 int16 int32 int64 uint8 float16 float32 float64 str_")) {
      allow(Kind.PLAIN, "numpy." + type);
    }
    for (String name : names(INERT_OF_TORCH)) {
      allow(Kind.PLAIN, "torch." + name);
    }
    for (DType dtype : DType.values()) {
      ALLOWED.put("torch." + dtype.torchStorage(), new PickleGlobal(Kind.STORAGE, dtype));
    }
    ALLOWED.put("torch.storage.UntypedStorage", new PickleGlobal(Kind.STORAGE, DType.U8));
  }

  private static String[] names(String text) {
    return text.strip().split("\\s+");
  }

  /**
   * Allows what is named.
   *
   * @param text names with white space between them
   */
  private static void allow(Kind kind, String text) {
    for (String name : names(text)) {
      ALLOWED.put(name, new PickleGlobal(kind, null));
    }
  }

  static PickleGlobal named(String module, String name) throws WeightsException {
    String path = module + "." + name;
    if (module.equals("__torch__") || module.startsWith("__torch__.")) {
      return SCRIPTED;
    }
    PickleGlobal global = ALLOWED.get(path);
    if (global == null && path.matches("torch\\._utils\\._rebuild_qtensor|torch\\.QU?Int\\w+")) {
      throw new WeightsException(
          "it holds quantised tensors (%s): give the float32 weights that they were made of; int8 is made here, by calibrate and --precision int8"
              .formatted(path));
    }
    if (global == null) {
      throw new WeightsException(
          ("the file wants to call %s, which plain weights never need: refused;"
                      + " nothing was executed.")
                  .formatted(Printable.of(path))
              + (isClass(module, name)
                  ? " It is a whole pickled model, whose class Python would import. If you trust"
                      + " whoever made it, save its weights where the class is known:"
                      + " torch.save(torch.load(\"FILE\", weights_only=False).state_dict(),"
                      + " \"weights.pth\")"
                  : " If you trust whoever made it, save only model.state_dict() in Python, best as"
                      + " safetensors"));
    }
    return global;
  }

  /** Whether a name is that of a class of a model, or of a part of one, by Python's customs. */
  private static boolean isClass(String module, String name) {
    return name.matches("[A-Z]\\w*")
        && !module.matches("builtins|__builtin__|collections|numpy.*|torch|torch\\.cuda");
  }

  /** What a call yields. */
  PickleValue call(List<PickleValue> arguments) throws WeightsException {
    return switch (kind) {
      case TENSOR -> tensor(arguments);
      case PARAMETER -> {
        if (!arguments.isEmpty()
            && arguments.getFirst() instanceof PickleValue.StoredTensor tensor) {
          yield tensor;
        }
        throw malformed("a parameter that holds no tensor");
      }
      case DICT -> dict(arguments);
      case SIZE -> {
        if (arguments.size() == 1 && arguments.getFirst() instanceof PickleValue.Items items) {
          yield items;
        }
        throw malformed("a size without numbers");
      }
      case MAPPING -> new PickleValue.Dict();
      case MODULE -> PickleValue.Dict.ofObject();
      case WRAPPED -> wrapped(arguments);
      case PLAIN -> PickleValue.Plain.VALUE;
      case STORAGE -> throw malformed("a storage inside the pickle");
    };
  }

  /** A function that builds the tensor, the subclass, the function's arguments, a state. */
  private static PickleValue wrapped(List<PickleValue> arguments) throws WeightsException {
    // Only what builds a tensor at once, so that a file cannot nest calls without end.
    if (arguments.size() >= 3
        && arguments.get(0) instanceof PickleValue.Callable(PickleGlobal builder)
        && (builder.kind == Kind.TENSOR || builder.kind == Kind.PARAMETER)
        && arguments.get(2) instanceof PickleValue.Items built) {
      return builder.call(built.values);
    }
    throw malformed("a tensor of a subclass without a function and its arguments");
  }

  private static PickleValue tensor(List<PickleValue> arguments) throws WeightsException {
    if (arguments.size() >= 4
        && arguments.get(0) instanceof PickleValue.Storage storage
        && arguments.get(1) instanceof PickleValue.Whole(long offset)
        && arguments.get(2) instanceof PickleValue.Items shape
        && arguments.get(3) instanceof PickleValue.Items strides) {
      return new PickleValue.StoredTensor(storage, offset, numbers(shape), numbers(strides));
    }
    throw malformed("a tensor without storage, offset, sizes and strides");
  }

  private static long[] numbers(PickleValue.Items items) throws WeightsException {
    long[] numbers = new long[items.values.size()];
    for (int i = 0; i < numbers.length; i++) {
      if (!(items.values.get(i) instanceof PickleValue.Whole(long number))) {
        throw malformed("a tensor whose sizes or strides are not whole numbers");
      }
      numbers[i] = number;
    }
    return numbers;
  }

  /** Python 3 fills an ordered dictionary afterwards; Python 2 passes a list of pairs. */
  private static PickleValue dict(List<PickleValue> arguments) throws WeightsException {
    var dict = new PickleValue.Dict();
    if (arguments.isEmpty()) {
      return dict;
    }
    if (arguments.size() != 1 || !(arguments.getFirst() instanceof PickleValue.Items pairs)) {
      throw malformed("a dictionary that is not made of pairs");
    }
    for (PickleValue pair : pairs.values) {
      if (!(pair instanceof PickleValue.Items items) || items.values.size() != 2) {
        throw malformed("a dictionary that is not made of pairs");
      }
      dict.put(items.values.get(0), items.values.get(1));
    }
    return dict;
  }

  private static WeightsException malformed(String what) {
    return new WeightsException("its pickle describes %s: the file is damaged".formatted(what));
  }
}
