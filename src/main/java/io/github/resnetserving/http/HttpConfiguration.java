package io.github.resnetserving.http;

import io.github.resnetserving.batch.NanoClock;
import io.github.resnetserving.remote.RemoteImages;
import io.github.resnetserving.rest.request.BodyReader;
import io.github.resnetserving.rest.request.RequestLimits;
import io.swagger.v3.oas.models.OpenAPI;
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
  BrowserPolicyFilter.class,
  ConnectionLimits.class,
  ClassifyController.class,
  Draining.class,
  ExplainController.class,
  FeaturesController.class,
  HttpConnections.class,
  ModelsController.class,
  OverloadFilter.class,
  ProblemAdvice.class,
  ProblemErrorController.class,
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
  ImageBodies imageBodies(HttpSettings settings, BodyReader bodies, UrlImages urls) {
    return new ImageBodies(settings, bodies, urls);
  }

  @Bean
  NdjsonAnswers ndjsonAnswers(
      HttpSettings settings,
      RequestLimits limits,
      NanoClock clock,
      ImageBodies bodies,
      UrlImages urls,
      Draining draining) {
    return new NdjsonAnswers(settings, limits, clock, bodies.json(), urls, draining);
  }

  @Bean
  OpenAPI openApi() {
    return ApiDocument.empty();
  }
}
