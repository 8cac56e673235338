package io.github.resnetserving.rest;

import io.github.resnetserving.rest.problem.ProblemException;
import io.github.resnetserving.rest.request.RequestException;
import io.swagger.v3.oas.annotations.Parameter;
import jakarta.servlet.http.HttpServletRequest;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.BeanUtils;
import org.springframework.core.MethodParameter;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Binds the query string of a request to the record of its endpoint's parameters, once a request,
 * and refuses names that the record does not have. The record is also what the API document shows:
 * a parameter is declared in one place. Thread-safe.
 *
 * <p>Spring's own binding is not used. It also takes values from headers, looks for parts of a form
 * in the body, and falls back to lenient conversions, in which {@code on} is true.
 */
final class QueryBinder implements HandlerMethodArgumentResolver, WebMvcConfigurer {

  private static final String ATTRIBUTE = QueryBinder.class.getName();
  private static final Boolean[] TRUTH = {false, true};

  /** One component of a record. */
  private record Component(String name, Class<?> type) {

    static Component of(RecordComponent component) {
      Parameter documented = component.getAccessor().getAnnotation(Parameter.class);
      return new Component(
          documented == null || documented.name().isEmpty()
              ? component.getName()
              : documented.name(),
          component.getType());
    }

    /** Whether it may be given several times, as texts. */
    boolean isList() {
      return type == List.class;
    }
  }

  /** What is known of a record once, instead of at each request. */
  private record Shape(
      Constructor<? extends ImageParameters> constructor,
      List<Component> components,
      List<String> names) {

    static Shape of(Class<? extends ImageParameters> type) {
      List<Component> components =
          Stream.of(type.getRecordComponents()).map(Component::of).toList();
      return new Shape(
          BeanUtils.getResolvableConstructor(type),
          components,
          components.stream().map(Component::name).toList());
    }
  }

  private final Map<Class<? extends ImageParameters>, Shape> shapes = new ConcurrentHashMap<>();

  @Override
  public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
    resolvers.add(this);
  }

  @Override
  public boolean supportsParameter(MethodParameter parameter) {
    return ImageParameters.class.isAssignableFrom(parameter.getParameterType());
  }

  @Override
  public ImageParameters resolveArgument(
      MethodParameter parameter,
      @Nullable ModelAndViewContainer container,
      NativeWebRequest request,
      @Nullable WebDataBinderFactory factory) {
    return bind(
        Objects.requireNonNull(request.getNativeRequest(HttpServletRequest.class)),
        parameter.getParameterType().asSubclass(ImageParameters.class));
  }

  /**
   * Binds the query string; a parameter that is absent is null.
   *
   * @throws ProblemException 400 if a name is unknown or given twice, a value is not of its kind,
   *     or an escape is malformed
   */
  ImageParameters bind(HttpServletRequest request, Class<? extends ImageParameters> type) {
    if (type.isInstance(request.getAttribute(ATTRIBUTE))) {
      return type.cast(request.getAttribute(ATTRIBUTE)); // a filter has bound it
    }
    Shape shape = shapes.computeIfAbsent(type, Shape::of);
    Map<String, String[]> values = values(request, shape);
    @Nullable Object[] arguments = new @Nullable Object[shape.components.size()];
    for (int i = 0; i < arguments.length; i++) {
      Component component = shape.components.get(i);
      String[] given = values.get(component.name);
      arguments[i] =
          given == null || component.isList()
              ? (given == null ? null : List.of(given))
              : converted(component.name, given[0], component.type);
    }
    ImageParameters bound = BeanUtils.instantiateClass(shape.constructor, arguments);
    request.setAttribute(ATTRIBUTE, bound);
    return bound;
  }

  /** The container's values, which are those of the query string: it parses no bodies here. */
  private static Map<String, String[]> values(HttpServletRequest request, Shape shape) {
    Map<String, String[]> values;
    try {
      values = request.getParameterMap();
    } catch (IllegalStateException e) {
      throw ProblemException.badRequest("The query string has a malformed % escape.");
    }
    values.forEach((name, given) -> {
      if (!shape.names.contains(name)) {
        throw ProblemException.badRequest(
            "There is no parameter %s here. Allowed: %s."
                .formatted(RequestException.echo(name), String.join(", ", shape.names)));
      }
      if (given.length > 1 && !shape.components.get(shape.names.indexOf(name)).isList()) {
        throw ProblemException.badRequest("The parameter %s is given twice.".formatted(name));
      }
    });
    return values;
  }

  private static Object converted(String name, String value, Class<?> type) {
    if (type == String.class) {
      return value;
    }
    if (type == Integer.class) {
      try {
        return Integer.valueOf(value);
      } catch (NumberFormatException e) {
        throw wrong(name, value, "a whole number");
      }
    }
    if (type == Double.class) {
      if (value.matches("-?\\d{1,9}(\\.\\d{1,17})?")) { // neither hexadecimal nor infinite
        return Double.valueOf(value);
      }
      throw wrong(name, value, "a decimal number");
    }
    List<String> words = new ArrayList<>();
    for (Object choice : type == Boolean.class ? TRUTH : type.getEnumConstants()) {
      String word = choice.toString().toLowerCase(Locale.ROOT);
      if (word.equals(value)) {
        return choice;
      }
      words.add(word);
    }
    throw wrong(name, value, String.join(" or ", words));
  }

  private static ProblemException wrong(String name, String value, String allowed) {
    return ProblemException.badRequest(
        "%s is %s: it must be %s."
            .formatted(name, value.isEmpty() ? "empty" : RequestException.echo(value), allowed));
  }
}
