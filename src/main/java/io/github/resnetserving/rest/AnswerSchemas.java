package io.github.resnetserving.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.github.resnetserving.rest.problem.Problem;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.media.Schema;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Completes the schemas of answers by what the records say of themselves: a component is always
 * there unless it is left out where it is null, and may be null where its type says so.
 */
final class AnswerSchemas {

  private static final List<Class<?>> ANSWERS =
      List.of(
          ClassifyResponse.class,
          ClassifyResponse.Line.class,
          FeaturesResponse.class,
          FeaturesResponse.Line.class,
          ExplainResponse.class,
          ModelsResponse.class,
          ModelsResponse.Classes.class,
          ClassifyResponse.HeadResult.class,
          Problem.class);

  private final Components components;
  private final Set<Class<?>> completed = new HashSet<>();

  AnswerSchemas(Components components) {
    this.components = components;
  }

  void complete() {
    ANSWERS.forEach(answer -> complete(answer));
  }

  private void complete(Class<?> type) {
    var named = type.getAnnotation(io.swagger.v3.oas.annotations.media.Schema.class);
    if (named == null || !completed.add(type)) {
      return;
    }
    Schema<?> schema = components.getSchemas().get(named.name());
    if (schema != null) { // not where all its components are in another's place
      complete(schema, type);
    }
    for (RecordComponent component : type.getRecordComponents()) {
      complete(component.getGenericType());
    }
  }

  private void complete(Type type) {
    switch (type) {
      case Class<?> plain -> complete(plain);
      case ParameterizedType list -> {
        for (Type argument : list.getActualTypeArguments()) {
          complete(argument);
        }
      }
      default -> {} // arrays of numbers
    }
  }

  private static void complete(Schema<?> schema, Class<?> record) {
    var properties = schema.getProperties();
    for (RecordComponent component : record.getRecordComponents()) {
      Method accessor = component.getAccessor();
      if (accessor.isAnnotationPresent(JsonUnwrapped.class)) {
        complete(schema, component.getType());
      } else if (!accessor.isAnnotationPresent(JsonInclude.class)) {
        String name = Objects.requireNonNull(accessor.getAnnotation(JsonProperty.class)).value();
        schema.addRequiredItem(name);
        if (component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
          properties.put(name, orNull(Objects.requireNonNull(properties.get(name))));
        }
      }
    }
  }

  private static Schema<?> orNull(Schema<?> schema) {
    if (schema.get$ref() == null) {
      schema.setNullable(true);
      return schema;
    }
    Schema<Object> either = new Schema<>(); // what stands beside a reference is not looked at
    either.setType("object");
    either.setNullable(true);
    either.addAllOfItem(schema);
    return either;
  }
}
