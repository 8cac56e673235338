package io.github.resnetserving;

import io.github.resnetserving.engine.ComputeDevice;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.origin.Origin;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.convert.ConversionFailedException;
import org.springframework.core.convert.ConverterNotFoundException;
import org.springframework.util.ClassUtils;
import org.springframework.util.unit.DataSize;

/** Tells of a setting below {@code resnet} with a bad value what it must be, and nothing else. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class SettingFailureAnalyzer extends AbstractFailureAnalyzer<BindException> {

  @Override
  protected @Nullable FailureAnalysis analyze(Throwable rootFailure, BindException cause) {
    BindException innermost = innermost(cause);
    String name = String.valueOf(innermost.getName());
    if (!(name + ".").startsWith(SettingNames.PREFIX)) {
      return null;
    }
    ConfigurationProperty property = innermost.getProperty();
    Object value = property == null ? null : property.getValue();
    Class<?> type = innermost.getTarget().getType().resolve(Object.class);
    @Nullable String message;
    if (find(rootFailure, ConversionFailedException.class) == null
        && find(rootFailure, ConverterNotFoundException.class) == null) {
      // What a record's constructor refuses, it refuses with the setting's name.
      message = refusal(innermost);
      if (message == null) {
        return null;
      }
    } else {
      ConversionFailedException failed = find(rootFailure, ConversionFailedException.class);
      Class<?> target = failed == null ? type : failed.getTargetType().getType();
      message = "%s is \"%s\": it must be %s".formatted(name, value, expected(target, rootFailure));
    }
    Origin origin = Origin.from(property);
    return new FailureAnalysis(
        message, origin == null ? null : "Correct it: it comes from %s.".formatted(origin), cause);
  }

  private static BindException innermost(BindException outer) {
    BindException found = outer;
    for (Throwable t = outer.getCause(); t != null; t = t.getCause()) {
      found = t instanceof BindException inner ? inner : found;
    }
    return found;
  }

  private static <T extends Throwable> @Nullable T find(Throwable from, Class<T> type) {
    T found = null;
    for (Throwable t = from; t != null; t = t.getCause()) {
      found = type.isInstance(t) ? type.cast(t) : found;
    }
    return found;
  }

  /** The message of the constructor that refused, the one with the setting's name if there is. */
  private static @Nullable String refusal(Throwable from) {
    String message = null;
    for (Throwable t = from; t != null; t = t.getCause()) {
      String own = t instanceof IllegalArgumentException ? t.getMessage() : null;
      if (own != null && (message == null || !message.startsWith(SettingNames.PREFIX))) {
        message = own;
      }
    }
    return message;
  }

  private static String expected(Class<?> target, Throwable failure) {
    Class<?> type = ClassUtils.resolvePrimitiveIfNecessary(target);
    if (type.isEnum()) {
      List<String> values =
          Arrays.stream(type.getEnumConstants())
              .map(constant -> ((Enum<?>) constant).name().toLowerCase(Locale.ROOT))
              .collect(Collectors.toList());
      return values.size() == 1
          ? values.getFirst()
          : String.join(", ", values.subList(0, values.size() - 1)) + " or " + values.getLast();
    }
    if (type == Boolean.class) {
      return "true or false";
    }
    if (type == Integer.class || type == Long.class) {
      return "a whole number";
    }
    if (type == Duration.class) {
      return "a time, such as 500ms, 10s or 2m";
    }
    if (type == DataSize.class) {
      return "a size, such as 512KB or 20MB";
    }
    if (type == URI.class) {
      return "an address, such as https://mirror.example.com/models";
    }
    if (type == ComputeDevice.Setting.class) {
      return "auto, cpu, or gpu:N, such as gpu:0";
    }
    IllegalArgumentException refused = find(failure, IllegalArgumentException.class);
    return refused == null ? "another value" : String.valueOf(refused.getMessage());
  }
}
