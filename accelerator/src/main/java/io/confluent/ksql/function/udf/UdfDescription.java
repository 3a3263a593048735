package io.confluent.ksql.function.udf;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Marks a class whose methods ksqlDB offers as a function. Only for the compiler: the jar leaves it out, since ksqlDB has it. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface UdfDescription {
  String name();

  String description();

  String author() default "";

  String version() default "";

  String category() default "";
}
