import type { Language } from '../i18n.js'

/** French. */
export const fr: Language = {
  tag: 'fr',
  title: 'Informations de la carte',
  number: 'Numéro de carte',
  expiry: 'Date d’expiration',
  cvc: 'Code de sécurité',
  expiryPlaceholder: 'MM / AA',
  cvcPlaceholder: 'CVC',
  errors: {
    incomplete_number: 'Saisissez le numéro de la carte.',
    incomplete_expiry: 'Saisissez le mois et l’année d’expiration.',
    incomplete_cvc: 'Saisissez le code de sécurité.',
    network_unreachable: 'Le service de paiement n’a pas répondu. Rien n’a été débité ; réessayez.',
    request_refused: 'Le service de paiement n’accepte pas de carte ici. Rien n’a été débité.',
    incorrect_number: 'Vérifiez le numéro : un chiffre est erroné.',
    invalid_number: 'Ce numéro de carte est incomplet.',
    invalid_expiry_month: 'Ce mois est passé ou n’existe pas.',
    invalid_expiry_year: 'Cette année est passée ou trop lointaine.',
    invalid_cvc: 'Ce code de sécurité est incomplet.',
    card_declined:
      'Cette carte ne peut pas être utilisée. Vérifiez les informations ou essayez une autre carte.',
    expired_card: 'Cette carte a expiré. Essayez une autre carte.',
    incorrect_cvc: 'Le code de sécurité est incorrect.',
    processing_error: 'Un problème est survenu avec cette carte. Réessayez dans un instant.',
  },
}
