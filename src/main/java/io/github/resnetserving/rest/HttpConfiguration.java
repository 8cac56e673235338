package io.github.resnetserving.rest;

import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.imageurl.RemoteImages;
import io.github.resnetserving.rest.problem.ProblemConfiguration;
import io.github.resnetserving.rest.request.BodyReader;
import io.github.resnetserving.rest.request.RequestLimits;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * Everything that speaks HTTP. Needs beans of {@link
 * io.github.resnetserving.inference.InferenceService}, {@link
 * io.github.resnetserving.inference.ModelRegistry}, {@link HttpSettings} and {@link RemoteImages}.
 */
@Configuration(proxyBeanMethods = false)
@Import({
  AccessFilter.class,
  AccessLogFilter.class,
  ApiDocument.class,
  SecurityHeadersFilter.class,
  ConnectionLimits.class,
  ClassifyController.class,
  Draining.class,
  ExplainController.class,
  FeaturesController.class,
  HttpConnections.class,
  ModelsController.class,
  OverloadFilter.class,
  ProblemConfiguration.class,
  QueryBinder.class,
  RequestContextFilter.class,
  TomcatCustomizer.class,
  WebPage.class
})
public class HttpConfiguration {

  @Bean
  UrlImages urlImages(RemoteImages remote, HttpSettings settings) {
    return new UrlImages(remote, settings.maxBodyBytes());
  }

  @Bean
  ImageReader imageReader(HttpSettings settings, BodyReader bodies, UrlImages urls) {
    return new ImageReader(settings, bodies, urls);
  }

  @Bean
  ImageStreams imageStreams(
      HttpSettings settings,
      RequestLimits limits,
      NanoClock clock,
      ImageReader reader,
      UrlImages urls,
      Draining draining) {
    return new ImageStreams(settings, limits, clock, reader.json(), urls, draining);
  }
}
