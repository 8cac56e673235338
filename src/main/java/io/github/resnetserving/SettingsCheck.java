package io.github.resnetserving;

import io.github.resnetserving.auth.AccessProperties;
import io.github.resnetserving.grpc.GrpcProperties;
import io.github.resnetserving.rest.HttpProperties;
import io.github.resnetserving.rest.request.LimitsProperties;
import io.github.resnetserving.serving.BatchingProperties;
import io.github.resnetserving.serving.CacheProperties;
import io.github.resnetserving.serving.EngineProperties;
import io.github.resnetserving.serving.ImageProperties;
import io.github.resnetserving.serving.ModelProperties;
import io.github.resnetserving.serving.WatchProperties;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.handler.IgnoreTopLevelConverterNotFoundBindHandler;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Ends the start where a setting is misspelled, which would do nothing, or has a value that it
 * cannot have. Looked at are properties below {@code resnet}, wherever they come from, and
 * environment variables that begin with {@code RESNET_}. Runs once all files of properties are
 * known.
 */
final class SettingsCheck implements EnvironmentPostProcessor, Ordered {

  /** Every record of properties below {@code resnet}. */
  static final List<Class<? extends Record>> SETTINGS =
      List.of(
          ModelProperties.class,
          EngineProperties.class,
          BatchingProperties.class,
          CacheProperties.class,
          ImageProperties.class,
          WatchProperties.class,
          LimitsProperties.class,
          HttpProperties.class,
          GrpcProperties.class,
          AccessProperties.class);

  private static final String VARIABLE = "RESNET_";

  /** Those of this project's clients and Compose files, which a shell may well export. */
  private static final List<String> OF_TOOLS =
      List.of("RESNET_KEY", "RESNET_IMAGE", "RESNET_HTTP_PORT");

  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{(RESNET_[A-Z0-9_]+)");

  /**
   * What Kubernetes tells every container about services, and Docker about linked containers: a
   * service named {@code resnet} gives {@code RESNET_SERVICE_HOST} and {@code RESNET_PORT_80_TCP}.
   */
  private static final Pattern OF_SERVICE =
      Pattern.compile(
          "RESNET_(.*_)?(SERVICE_(HOST|PORT)(_.*)?|PORT(_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?"
              + "|NAME|ENV_.*)");

  @Override
  public int getOrder() {
    return LOWEST_PRECEDENCE;
  }

  @Override
  public void postProcessEnvironment(
      ConfigurableEnvironment environment, SpringApplication application) {
    requireKnown(environment);
    // Values are tried here, before a web server half starts and tells of beans and stacks.
    Binder binder = Binder.get(environment);
    // As Spring does: a variable that reads as a whole record, as RESNET_IMAGE does, is passed
    // over.
    BindHandler handler = new IgnoreTopLevelConverterNotFoundBindHandler();
    SETTINGS.forEach(type -> binder.bind(SettingNames.prefix(type), Bindable.of(type), handler));
  }

  /**
   * Checks names alone.
   *
   * @throws UnknownSettingException if a setting does not exist
   */
  static void requireKnown(ConfigurableEnvironment environment) {
    SettingNames names = new SettingNames(SETTINGS, variables(environment));
    List<String> unknown = new ArrayList<>();
    for (PropertySource<?> source : environment.getPropertySources()) {
      if (source instanceof EnumerablePropertySource<?> listed) {
        boolean variables =
            StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME.equals(source.getName());
        for (String name : listed.getPropertyNames()) {
          String finding = variables ? variable(name, names) : property(name, names);
          if (finding != null) {
            unknown.add(finding);
          }
        }
      }
    }
    if (!unknown.isEmpty()) {
      throw new UnknownSettingException(String.join("; ", unknown));
    }
  }

  private static @Nullable String property(String name, SettingNames names) {
    return name.toLowerCase(Locale.ROOT).startsWith(SettingNames.PREFIX) && !names.isProperty(name)
        ? finding("property", name, names.likeProperty(name))
        : null;
  }

  private static @Nullable String variable(String name, SettingNames names) {
    String upper = name.toUpperCase(Locale.ROOT);
    return upper.startsWith(VARIABLE)
            && !OF_SERVICE.matcher(upper).matches()
            && !names.isVariable(name)
        ? finding("environment variable", name, names.likeVariable(name))
        : null;
  }

  private static String finding(String kind, String name, List<String> near) {
    return "there is no %s %s%s"
        .formatted(kind, name, near.isEmpty() ? "" : ", but there is " + String.join(", ", near));
  }

  /** Variables that files of properties ask for, such as {@code ${RESNET_GRPC_PORT:9000}}. */
  private static Set<String> variables(ConfigurableEnvironment environment) {
    Set<String> variables = new HashSet<>(OF_TOOLS);
    for (PropertySource<?> source : environment.getPropertySources()) {
      if (source instanceof EnumerablePropertySource<?> listed
          && !StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME.equals(
              source.getName())) {
        for (String name : listed.getPropertyNames()) {
          Matcher placeholder = PLACEHOLDER.matcher(String.valueOf(listed.getProperty(name)));
          while (placeholder.find()) {
            variables.add(placeholder.group(1));
          }
        }
      }
    }
    return variables;
  }

  /** A setting that does not exist; the message names it, and those that are like it. */
  static final class UnknownSettingException extends IllegalStateException {

    private static final long serialVersionUID = 1;

    UnknownSettingException(String message) {
      super(message);
    }
  }
}
