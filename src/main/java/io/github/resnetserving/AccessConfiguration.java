package io.github.resnetserving;

import io.github.resnetserving.access.AccessPolicy;
import io.github.resnetserving.access.AccessSettings;
import io.github.resnetserving.access.ApiKey;
import io.github.resnetserving.access.ApiKeys;
import io.github.resnetserving.http.CrossOriginFilter;
import io.github.resnetserving.http.ForwardedUrlFilter;
import jakarta.servlet.DispatcherType;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.boot.web.server.autoconfigure.ServerProperties.ForwardHeadersStrategy;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;
import org.springframework.web.filter.ForwardedHeaderFilter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Says who may ask and who may administer, and refuses to start a server that is open by mistake.
 */
@Configuration(proxyBeanMethods = false)
class AccessConfiguration {

  @Bean
  AdminKey adminKey(ResNetProperties properties) {
    ResNetProperties.Access access = properties.access();
    Path folder = access.adminKeyDir();
    return access.keys().isEmpty() && folder != null ? AdminKey.in(folder) : AdminKey.none();
  }

  @Bean
  AccessSettings accessSettings(
      ResNetProperties properties, Environment environment, AdminKey adminKey)
      throws ExposedServerException {
    ResNetProperties.Access access = properties.access();
    ApiKeys keys = new ApiKeys(access.keys().stream().map(ResNetProperties.Key::toApiKey).toList());
    boolean isProduction = environment.matchesProfiles("production");
    if (isProduction && keys.isOpen() && !access.anonymous()) {
      requireLoopback(environment);
    }
    Optional<ApiKey> startKey = adminKey.key();
    String actuator =
        environment.getProperty("management.endpoints.web.base-path", "/actuator").strip();
    return new AccessSettings(
        new AccessPolicy(keys, startKey, access.keylessAdministration()),
        access.openMetrics(),
        actuator.equals("/") ? "" : actuator);
  }

  /** Checks every address on which a server without keys would listen. */
  private static void requireLoopback(Environment environment) throws ExposedServerException {
    String address = environment.getProperty("server.address");
    ExposedServerException.requireLoopback(address);
    if (environment.getProperty("spring.grpc.server.enabled", Boolean.class, true)) {
      ExposedServerException.requireLoopback(environment.getProperty("spring.grpc.server.address"));
    }
    if (environment.containsProperty("management.server.port")) {
      ExposedServerException.requireLoopback(
          environment.getProperty("management.server.address", String.valueOf(address)));
    }
  }

  /**
   * Hides forwarded headers from the application once those that are believed have been applied, by
   * the container or, in place of Spring Boot's own bean, by this filter. Libraries would read them
   * by themselves, whatever is configured, and fail on malformed ones.
   */
  @Bean
  FilterRegistrationBean<ForwardedHeaderFilter> forwardedHeaderFilter(ServerProperties server) {
    ForwardedHeaderFilter filter = new ForwardedHeaderFilter();
    filter.setRemoveOnly(!isAppliedByFilter(server));
    var registration = new FilterRegistrationBean<>(filter);
    registration.setDispatcherTypes(
        DispatcherType.REQUEST, DispatcherType.ASYNC, DispatcherType.ERROR);
    registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
    return registration;
  }

  @Bean
  FilterRegistrationBean<ForwardedUrlFilter> forwardedUrlFilter(
      ServerProperties server, JsonMapper json) {
    var registration = new FilterRegistrationBean<>(new ForwardedUrlFilter(json));
    registration.setOrder(Ordered.HIGHEST_PRECEDENCE + 5);
    registration.setEnabled(isAppliedByFilter(server));
    return registration;
  }

  private static boolean isAppliedByFilter(ServerProperties server) {
    return server.getForwardHeadersStrategy() == ForwardHeadersStrategy.FRAMEWORK;
  }

  /** Before access is decided: a browser's preflight request carries no key. */
  @Bean
  FilterRegistrationBean<CrossOriginFilter> crossOriginFilter(
      ResNetProperties properties, JsonMapper json) {
    List<String> origins = properties.cors().allowedOrigins();
    var registration = new FilterRegistrationBean<>(new CrossOriginFilter(origins, json));
    registration.setOrder(Ordered.HIGHEST_PRECEDENCE + 15);
    registration.setEnabled(!origins.isEmpty());
    return registration;
  }
}
