package io.github.resnetserving.rest;

import io.github.resnetserving.imageurl.AllowedHosts;
import io.github.resnetserving.imageurl.RemoteImages;
import io.github.resnetserving.rest.problem.ProblemAdvice;
import io.github.resnetserving.rest.request.RequestLimits;
import jakarta.servlet.DispatcherType;
import java.util.List;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.boot.web.server.autoconfigure.ServerProperties.ForwardHeadersStrategy;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.Ordered;
import org.springframework.web.filter.ForwardedHeaderFilter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Everything that speaks HTTP. Needs beans of {@link
 * io.github.resnetserving.inference.InferenceService}, {@link
 * io.github.resnetserving.inference.ModelRegistry} and {@link RequestLimits}.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(HttpProperties.class)
@Import({
  AccessFilter.class,
  AccessLogFilter.class,
  ApiDocument.class,
  SecurityHeadersFilter.class,
  ClassifyController.class,
  ExplainController.class,
  FeaturesController.class,
  HttpConnections.class,
  ImageReader.class,
  HeadsController.class,
  ImageStreams.class,
  JsonImages.class,
  ModelFactsController.class,
  ModelsController.class,
  OverloadFilter.class,
  PreStop.class,
  ProblemAdvice.class,
  QueryBinder.class,
  RefusalCountFilter.class,
  RelativeSwaggerUi.class,
  RequestContextFilter.class,
  TomcatCustomizer.class,
  UrlImages.class,
  WebPage.class
})
public class HttpConfiguration {

  @Bean
  RemoteImages remoteImages(HttpProperties properties) {
    HttpProperties.Url url = properties.url();
    return new RemoteImages(new AllowedHosts(url.allowedHosts()), url.timeout());
  }

  /**
   * Hides forwarded headers from the application once those that are believed have been applied, by
   * the container or, in place of Spring Boot's own bean, by this filter. Libraries would read them
   * by themselves, against the configuration, and fail on malformed ones.
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
      HttpProperties properties, JsonMapper json) {
    List<String> origins = properties.cors().allowedOrigins();
    var registration = new FilterRegistrationBean<>(new CrossOriginFilter(origins, json));
    registration.setOrder(Ordered.HIGHEST_PRECEDENCE + 15);
    registration.setEnabled(!origins.isEmpty());
    return registration;
  }
}
