package io.github.resnetserving.rest;

import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import org.springdoc.core.properties.SpringDocConfigProperties;
import org.springdoc.core.properties.SwaggerUiConfigParameters;
import org.springdoc.core.properties.SwaggerUiConfigProperties;
import org.springdoc.core.providers.SpringWebProvider;
import org.springdoc.webmvc.ui.SwaggerWelcomeWebMvc;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;

/**
 * Swagger UI whose addresses are relative to its page, so that it works below any prefix that a
 * proxy puts before the service, without believing a header of that proxy.
 */
@ConditionalOnBooleanProperty(name = "springdoc.swagger-ui.enabled", matchIfMissing = true)
@ConditionalOnBooleanProperty(name = "springdoc.api-docs.enabled", matchIfMissing = true)
final class RelativeSwaggerUi extends SwaggerWelcomeWebMvc {

  private static final URI PAGE = URI.create("swagger-ui/index.html"); // beside swagger-ui.html

  RelativeSwaggerUi(
      SwaggerUiConfigProperties ui,
      SpringDocConfigProperties documents,
      ObjectProvider<SpringWebProvider> web) {
    super(ui, documents, web);
  }

  @Override
  public ResponseEntity<Void> redirectToUi(HttpServletRequest request) {
    return ResponseEntity.status(HttpStatus.FOUND).location(PAGE).build();
  }

  /** From the page's folder, which lies beside that of the API document. */
  @Override
  protected String buildUrlWithContextPath(SwaggerUiConfigParameters parameters, String path) {
    return ".." + path;
  }
}
