import type { Language } from '../i18n.js'

/** Spanish. */
export const es: Language = {
  tag: 'es',
  title: 'Datos de la tarjeta',
  number: 'Número de tarjeta',
  expiry: 'Caducidad',
  cvc: 'Código CVC',
  expiryPlaceholder: 'MM / AA',
  cvcPlaceholder: 'CVC',
  errors: {
    incomplete_number: 'Introduzca el número de la tarjeta.',
    incomplete_expiry: 'Introduzca el mes y el año de caducidad.',
    incomplete_cvc: 'Introduzca el código CVC.',
    network_unreachable:
      'El servicio de pago no ha respondido. No se ha cobrado nada; inténtelo de nuevo.',
    request_refused: 'El servicio de pago no acepta tarjetas aquí. No se ha cobrado nada.',
    incorrect_number: 'Revise el número: hay una cifra equivocada.',
    invalid_number: 'Este número de tarjeta no está completo.',
    invalid_expiry_month: 'Ese mes ya ha pasado o no existe.',
    invalid_expiry_year: 'Ese año ya ha pasado o es demasiado lejano.',
    invalid_cvc: 'Este código CVC no está completo.',
    card_declined: 'Esta tarjeta no se puede usar. Revise los datos o pruebe con otra tarjeta.',
    expired_card: 'Esta tarjeta ha caducado. Pruebe con otra tarjeta.',
    incorrect_cvc: 'El código CVC no es correcto.',
    processing_error: 'Algo ha fallado con esta tarjeta. Inténtelo de nuevo en un momento.',
  },
}
