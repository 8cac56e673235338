package io.github.resnetserving;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;

/**
 * The names of the settings that there are, as properties and as environment variables. Immutable.
 *
 * <p>Names are compared as Spring binds them: neither case nor dashes, dots and underscores matter.
 */
final class SettingNames {

  static final String PREFIX = "resnet.";

  /** A name with more letters to change than this share of them is another word. */
  private static final double FARTHEST = 0.25;

  private static final int NEAREST = 3;

  /** As {@code resnet.batching.max-batch}; {@code *} stands for an index or a name of one's own. */
  private final Set<String> properties = new TreeSet<>();

  private final Set<String> variables = new TreeSet<>();

  /**
   * Names what records bind.
   *
   * @param settings records that are bound, each with its prefix
   * @param others further environment variables that may be there
   */
  SettingNames(Collection<Class<? extends Record>> settings, Collection<String> others) {
    settings.forEach(type -> add(prefix(type) + ".", type));
    for (String property : properties) {
      variables.add(variable(property));
    }
    variables.addAll(others);
  }

  /** What a record is bound to, such as {@code resnet.batching}. */
  static String prefix(Class<? extends Record> settings) {
    return settings.getAnnotation(ConfigurationProperties.class).value();
  }

  private void add(String prefix, Class<?> type) {
    for (RecordComponent component : type.getRecordComponents()) {
      String name = prefix + DataObjectPropertyName.toDashedForm(component.getName());
      Class<?> own = component.getType();
      Type last = lastArgument(component);
      if (own.isRecord() && own.getEnclosingClass() == type) {
        add(name + ".", own);
      } else if (Collection.class.isAssignableFrom(own)) {
        properties.add(name); // with commas
        if (last instanceof Class<?> element && element.isRecord()) {
          add(name + ".*.", element);
        } else {
          properties.add(name + ".*");
        }
      } else if (Map.class.isAssignableFrom(own)) {
        properties.add(name + ".*");
      } else {
        properties.add(name);
      }
    }
  }

  private static Type lastArgument(RecordComponent component) {
    return component.getGenericType() instanceof ParameterizedType generic
        ? generic.getActualTypeArguments()[generic.getActualTypeArguments().length - 1]
        : component.getType();
  }

  private static String variable(String property) {
    return property.replace('-', '_').replace('.', '_').toUpperCase(Locale.ROOT);
  }

  /** All properties, in alphabetical order. */
  Set<String> properties() {
    return properties;
  }

  /** Whether there is a property of that name. */
  boolean isProperty(String name) {
    return isOne(name.replaceAll("\\[(\\d+)]", ".$1"), properties);
  }

  /** Whether there is an environment variable of that name. */
  boolean isVariable(String name) {
    return isOne(name, variables);
  }

  private static boolean isOne(String name, Set<String> known) {
    String plain = plain(name);
    for (String one : known) {
      String other = plain(one);
      if (plain.equals(other) || (other.contains("*") && matches(plain, other))) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(String name, String pattern) {
    return name.matches(pattern.replace("*", ".+"));
  }

  private static String plain(String name) {
    StringBuilder plain = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      char letter = name.charAt(i);
      if (letter != '.' && letter != '_' && letter != '-') {
        plain.append(Character.toLowerCase(letter));
      }
    }
    return plain.toString();
  }

  /** The properties whose names are like one, the most alike first; perhaps none. */
  List<String> likeProperty(String name) {
    return like(name, properties);
  }

  /** The environment variables whose names are like one, the most alike first; perhaps none. */
  List<String> likeVariable(String name) {
    return like(name, variables);
  }

  private static List<String> like(String name, Set<String> known) {
    Map<String, Integer> distances = new HashMap<>();
    known.forEach(other -> distances.put(other, distance(plain(name), plain(other))));
    int nearest = Collections.min(distances.values());
    double farthest = Math.min(nearest + 2, Math.max(NEAREST, FARTHEST * plain(name).length()));
    List<String> near = new ArrayList<>(known);
    near.removeIf(other -> distances.getOrDefault(other, Integer.MAX_VALUE) > farthest);
    near.sort(Comparator.comparingInt(other -> distances.getOrDefault(other, 0)));
    if (near.isEmpty()) { // the right word below a wrong one
      String last = plain(name.substring(name.lastIndexOf('.') + 1));
      near.addAll(
          known.stream()
              .filter(other -> last.length() > 3 && plain(other).endsWith(last))
              .toList());
    }
    return near.subList(0, Math.min(NEAREST, near.size()));
  }

  /** Letters to insert, remove or replace (Levenshtein 1966). */
  static int distance(String a, String b) {
    int[] above = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      above[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, 1 + Math.min(above[j], row[j - 1]));
      }
      above = row;
    }
    return above[b.length()];
  }
}
