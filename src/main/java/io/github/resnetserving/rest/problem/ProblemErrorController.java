package io.github.resnetserving.rest.problem;

import io.github.resnetserving.rest.request.RequestException;
import io.swagger.v3.oas.annotations.Hidden;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Answers what failed outside of controllers: in filters, or in the container. */
@RestController
final class ProblemErrorController implements ErrorController {

  @RequestMapping("/error")
  @Hidden
  @Nullable ResponseEntity<?> error(HttpServletRequest request, HttpServletResponse response) {
    if (response.isCommitted()) {
      return null; // the container is about to close the connection, which says all
    }
    response.setContentType(null); // what the answer was to be
    ResponseEntity<?> refusal = RequestException.answerTo(request);
    if (refusal != null) {
      return refusal;
    }
    int status =
        request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE) instanceof Integer code
            ? code
            : 404; // someone asked for this path itself
    ProblemType type = ProblemType.ofStatus(status);
    String uri =
        request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI) instanceof String asked
            ? asked
            : request.getRequestURI();
    Problem problem = Problem.of(type, ProblemAdvice.detail(type), uri, request);
    return Problem.answer(problem, new HttpHeaders());
  }
}
